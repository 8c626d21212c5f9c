#!/bin/bash
# The environment contract of the official PostgreSQL image, for Debian's packages: POSTGRES_PASSWORD, POSTGRES_USER,
# POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as NAME_FILE), POSTGRES_HOST_AUTH_METHOD, PGDATA, scripts in
# /docker-entrypoint-initdb.d on the first start, arguments handed to the server.
set -Eeuo pipefail

fail() {
	echo >&2 "entrypoint: $*"
	exit 1
}

# value_of NAME DEFAULT: the variable, else the content of the file that NAME_FILE names, else the default.
value_of() {
	local name=$1 default=${2-} file_name="$1_FILE"
	[ -z "${!name-}" ] || [ -z "${!file_name-}" ] || fail "$name and $file_name are both set: set one of them."
	if [ -n "${!name-}" ]; then
		printf '%s' "${!name}"
	elif [ -n "${!file_name-}" ]; then
		[ -r "${!file_name}" ] || fail "$file_name names ${!file_name}, which cannot be read."
		cat "${!file_name}"
	else
		printf '%s' "$default"
	fi
}

# Everything happens in a folder of its own inside the volume, and the folder's removal is the last step. A start that
# finds it knows that the one before was interrupted and that no server has ever run for clients, so it begins anew.
init_dir="$PGDATA/.init-unfinished"

start_temporary_server() {
	# A private socket folder: pg_isready, and with it every health check, must say no until the real server runs.
	export PGHOST="$init_dir"
	pg_ctl --pgdata "$init_dir/data" --wait --silent start \
		-o "-c listen_addresses='' -c unix_socket_directories='$init_dir'"
}

stop_temporary_server() {
	pg_ctl --pgdata "$init_dir/data" --wait --silent --mode fast stop
	unset PGHOST
}

run_init_script() {
	echo "entrypoint: running $1"
	case "$1" in
		*.sh) if [ -x "$1" ]; then "$1"; else . "$1"; fi ;;
		*.sql) psql_as_owner --dbname "$database" --file "$1" ;;
		*.sql.gz) gunzip --stdout "$1" | psql_as_owner --dbname "$database" ;;
		*) echo "entrypoint: $1 is neither .sql, .sql.gz nor .sh: ignored" ;;
	esac
}

psql_as_owner() {
	PGPASSWORD="$password" psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$user" "$@"
}

create_database() {
	if [ "$database" != postgres ]; then
		psql_as_owner --dbname postgres --quiet --set db="$database" <<< 'CREATE DATABASE :"db";'
	fi
}

first_start() {
	local method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256} init_args=()
	if [ -z "$password" ] && [ "$method" != trust ]; then
		fail "the database has no password yet: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE."
	fi
	read -ra init_args <<< "$(value_of POSTGRES_INITDB_ARGS)"
	mkdir -m 0700 "$init_dir"
	initdb --pgdata "$init_dir/data" --username "$user" --encoding UTF8 --no-instructions \
		${password:+--pwfile <(printf '%s\n' "$password")} "${init_args[@]}"
	printf '\nhost all all all %s\n' "$method" >> "$init_dir/data/pg_hba.conf"
	start_temporary_server
	create_database
	export POSTGRES_USER="$user" POSTGRES_DB="$database" POSTGRES_PASSWORD="$password" PGUSER="$user" PGDATABASE="$database"
	local script
	for script in /docker-entrypoint-initdb.d/*; do
		[ ! -f "$script" ] || run_init_script "$script"
	done
	unset PGUSER PGDATABASE
	stop_temporary_server
	find "$init_dir/data" -mindepth 1 -maxdepth 1 -exec mv --target-directory "$PGDATA" {} +
	rmdir "$init_dir/data"
	sync --file-system "$PGDATA"
	rmdir "$init_dir"
	sync --file-system "$PGDATA"
	echo "entrypoint: database \"$database\" is made; starting the server."
}

if [ "${1:0:1}" = - ]; then
	set -- postgres "$@"
fi
if [ "$1" != postgres ]; then
	exec "$@"
fi

# Read while still root: a mounted secret may be readable by root alone.
password=$(value_of POSTGRES_PASSWORD)
if [ "$(id --user)" = 0 ]; then
	mkdir -p "$PGDATA"
	chmod 0700 "$PGDATA"
	find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres:postgres {} +
	unset POSTGRES_PASSWORD_FILE
	export POSTGRES_PASSWORD="$password"
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

user=$(value_of POSTGRES_USER postgres)
database=$(value_of POSTGRES_DB "$user")
if [ -d "$init_dir" ]; then
	echo "entrypoint: an earlier first start was interrupted before it was done; beginning anew."
	find "$PGDATA" -mindepth 1 -delete
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	# As process 1 this shell would not hear a stop; and an interrupted first start is one that the next start repeats.
	trap 'echo "entrypoint: stopped during the first start."; exit 130' INT TERM
	first_start &
	wait $!
	trap - INT TERM
else
	echo "entrypoint: $PGDATA holds a database already; nothing to prepare."
fi
# The server does not need it, and would show it in its environment for as long as it runs.
unset POSTGRES_PASSWORD
exec "$@"

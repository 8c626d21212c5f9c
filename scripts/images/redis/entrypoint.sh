#!/bin/sh
# The contract of the official Redis image: options or a .conf file are arguments of redis-server; the server runs as
# the user redis; other commands run as they are.
set -eu

if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
	set -- redis-server "$@"
fi
if [ "$1" != redis-server ]; then
	exec "$@"
fi

# The official image is built without protected mode: inside a container every client is a remote one.
case " $* " in
	*" --protected-mode "*) ;;
	*) set -- "$@" --protected-mode no ;;
esac
umask 0077
if [ "$(id -u)" = 0 ]; then
	find . \! -user redis -exec chown redis:redis {} +
	exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"

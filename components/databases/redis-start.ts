import { PASSWORD_FILE } from "../runtime/databases/redis-users";

/**
 * How Redis is started so that its users outlive it: they stand in a file on the data volume. The user `default` is made
 * anew at every start, from the password that the container was given; without it in the file, everybody could do anything.
 */
export const USERS_FILE = "/data/users.acl";

/**
 * @returns the command of the container. The image's own entry point then gives up root's rights; that of Redis 8 leaves
 * all files as they are where it finds one that it does not know, so what the server needs is made its own before.
 */
export function redisCommand(configFile: string): string[] {
	const script = `set -eu
cd /data
umask 0077
touch ${USERS_FILE}
hash=$(printf %s "$(cat ${PASSWORD_FILE})" | sha256sum | cut -d ' ' -f 1)
{ echo "user default on #$hash ~* &* +@all"; grep -v '^user default ' ${USERS_FILE} || true; } > ${USERS_FILE}.new
mv ${USERS_FILE}.new ${USERS_FILE}
if [ "$(id -u)" = 0 ]; then
	owner=$(id -un redis 2>/dev/null || stat -c %u .)
	find . ! -user "$owner" -exec chown "$owner" {} +
fi
exec docker-entrypoint.sh redis-server ${configFile}`;
	return ["sh", "-c", script];
}

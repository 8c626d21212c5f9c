import { inContainer } from "./docker";
import { sql, sqlRows } from "./sql";
import type { TestStack } from "./stack";

const OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'";

/** All that a database holds, as text: every row, and what is around the rows. */
export async function copyOf(shop: TestStack): Promise<Record<string, string>> {
	const relations = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`;
	const names = (kind: string) =>
		sqlRows(shop, `SELECT c.oid::regclass ${relations} AND c.relkind = '${kind}' ORDER BY 1`);
	const copy: Record<string, string> = {};
	for (const table of await names("r")) {
		copy[`rows of ${table}`] = await sql(shop, `SELECT t::text FROM ${table} t ORDER BY 1`);
	}
	for (const sequence of await names("S")) {
		copy[`sequence ${sequence}`] = await sql(shop, `SELECT last_value, is_called FROM ${sequence}`);
	}
	copy.relations = await sql(
		shop,
		`SELECT c.oid::regclass, c.relkind, pg_get_userbyid(c.relowner), ${rights("c.relacl", "CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END", "c.relowner")} ${relations} ORDER BY c.oid::regclass::text COLLATE "C"`,
	);
	copy.indexes = await sql(
		shop,
		`SELECT indexdef FROM pg_indexes JOIN pg_namespace n ON n.nspname = schemaname WHERE ${OURS} ORDER BY 1`,
	);
	copy.constraints = await sql(
		shop,
		`SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY conrelid::regclass::text COLLATE "C", 2`,
	);
	copy.schemas = await sql(
		shop,
		`SELECT n.nspname, pg_get_userbyid(n.nspowner), ${rights("n.nspacl", "'n'", "n.nspowner")} FROM pg_namespace n WHERE ${OURS} ORDER BY 1`,
	);
	copy.database = await sql(
		shop,
		`SELECT datname, pg_get_userbyid(datdba), ${rights("datacl", "'d'", "datdba")}, setconfig FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 WHERE datname = current_database()`,
	);
	copy.roles = await sql(
		shop,
		"SELECT rolname, rolsuper, rolcanlogin, rolpassword, (SELECT rolconfig FROM pg_roles r WHERE r.oid = a.oid) FROM pg_authid a WHERE rolname NOT LIKE 'pg_%' ORDER BY 1",
	);
	return copy;
}

/** Who may do what, in one order, however PostgreSQL lists it; without a list of its own an object has the usual rights. */
function rights(list: string, kind: string, owner: string): string {
	return `ARRAY(SELECT one::text FROM unnest(coalesce(${list}, acldefault((${kind})::"char", ${owner}))) one ORDER BY 1)`;
}

/** Every key of Redis with its value as Redis writes it down, in hexadecimal, and whether it has an end. */
export async function keysOf(shop: TestStack): Promise<Record<string, string>> {
	const script = `local all = {}
		for _, key in ipairs(redis.call('KEYS', '*')) do
			local ends = redis.call('PTTL', key) > 0 and 'ends' or 'stays'
			local hex = redis.call('DUMP', key):gsub('.', function(c) return string.format('%02x', c:byte()) end)
			table.insert(all, key .. '=' .. ends .. ' ' .. hex)
		end
		return all`;
	const lines = (await redis(shop, "EVAL", script, "0")).split("\n").filter((line) => line.includes("="));
	return Object.fromEntries(lines.map((line) => line.split("=") as [string, string]));
}

/** The password stays in the container, and out of the command line that everybody on the host sees. */
export function redis(shop: TestStack, ...command: string[]): Promise<string> {
	const files =
		"cat /run/secrets/redis-password 2>/dev/null || sed -n 's/^requirepass //p' /usr/local/etc/redis/redis.conf";
	const login = `export REDISCLI_AUTH="$(${files})"`;
	return inContainer(
		shop.container("db-cache"),
		...["sh", "-c", `${login}; exec redis-cli "$@"`, "sh", ...command],
	);
}

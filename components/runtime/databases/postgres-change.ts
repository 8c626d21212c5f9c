import { migratorRole, readWriteRole } from "../../plan/logins";
import { MARK, type PostgresSeen, type RoleSeen } from "./postgres-look";
import { fitsVerifier, scramVerifier } from "./scram";
import { identifier, literal } from "./sql";

/** Pure: what is to change between the roles and rights that PostgreSQL has and those that are wanted. */

export interface PostgresWanted {
	readonly database: string;
	readonly superuser: string;
	readonly access: "readwrite" | "owner";
	/** Names of the roles of the application that log in. */
	readonly logins: readonly string[];
	/** By role, the migrator's among them. */
	readonly passwords: Readonly<Record<string, string>>;
}

/** One thing that is otherwise than wanted. */
export interface Change {
	/** A whole sentence for people: "role shop_app is missing". */
	readonly finding: string;
	/** What becomes of it: "made". */
	readonly end: "made" | "mended" | "dropped";
	/** Statements that mend it, in order. Passwords are in none of them. */
	readonly sql: readonly string[];
}

/** Kinds of objects of which the application gets its rights: tables, sequences, functions, schemas. */
const DEFAULTS = ["S", "f", "n", "r"];
const NO_POWERS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT";
const RIGHTS = {
	TABLES: "SELECT, INSERT, UPDATE, DELETE",
	SEQUENCES: "USAGE, SELECT, UPDATE",
	FUNCTIONS: "EXECUTE",
	SCHEMAS: "USAGE",
} as const;

/**
 * All that is otherwise than wanted, in the order in which it is to be mended. A role that is ours and no longer wanted goes
 * last: then nothing refers to it any more.
 *
 * @throws Error where a name is taken by a role that somebody else made: its password must not be changed.
 */
export function changes(wanted: PostgresWanted, seen: PostgresSeen): Change[] {
	const migrator = migratorRole(wanted.database);
	const readWrite = readWriteRole(wanted.database);
	const all = [readWrite, migrator, ...wanted.logins];
	const roles = new Map(seen.roles.map((role) => [role.name, role]));
	const strangers = all.filter((name) => roles.get(name)?.ours === false);
	if (strangers.length > 0) throw new Error(takenText(strangers));
	return [
		...role(readWrite, undefined, roles.get(readWrite)),
		...role(migrator, wanted.passwords[migrator] ?? "", roles.get(migrator)),
		...wanted.logins.flatMap((name) => {
			const found = role(name, wanted.passwords[name] ?? "", roles.get(name));
			const rights = membership(name, roles.get(name), wanted.access, migrator, readWrite);
			const [made] = found;
			if (made?.end !== "made") return [...found, ...rights];
			return [{ ...made, sql: [...made.sql, ...rights.flatMap(({ sql }) => sql)] }];
		}),
		...rights(wanted, seen, migrator, readWrite),
		...seen.roles
			.filter(({ name, ours }) => ours && !all.includes(name))
			.map(({ name }) => drop(name, migrator)),
	];
}

/** @param password Undefined: nobody logs in as it. */
function role(name: string, password: string | undefined, seen: RoleSeen | undefined): Change[] {
	const id = identifier(name);
	const login = password !== undefined;
	const secret = password === undefined ? "PASSWORD NULL" : `PASSWORD ${literal(scramVerifier(password))}`;
	const attributes = `${login ? "LOGIN" : "NOLOGIN"} ${NO_POWERS}`;
	if (seen === undefined) {
		// At once: a role without its mark would be somebody else's.
		const sql = [
			"BEGIN",
			`CREATE ROLE ${id} ${attributes} ${secret}`,
			`COMMENT ON ROLE ${id} IS ${literal(MARK)}`,
			"COMMIT",
		];
		return [{ finding: `role ${name} is missing`, end: "made", sql }];
	}
	const found: Change[] = [];
	if (seen.login !== login || seen.powers) {
		const what = seen.powers ? "has rights over the whole server" : login ? "may not log in" : "may log in";
		found.push({ finding: `role ${name} ${what}`, end: "mended", sql: [`ALTER ROLE ${id} ${attributes}`] });
	}
	const fits = password === undefined ? seen.verifier === null : fitsVerifier(password, seen.verifier);
	if (!fits)
		found.push({
			finding: `role ${name} has another password`,
			end: "mended",
			sql: [`ALTER ROLE ${id} ${secret}`],
		});
	return found;
}

/** With "owner" a session takes the migrator's role at its start: what it makes belongs to no single login. */
function membership(
	name: string,
	seen: RoleSeen | undefined,
	access: "readwrite" | "owner",
	migrator: string,
	readWrite: string,
): Change[] {
	const id = identifier(name);
	const { memberOf = [], actsAs = null } = seen ?? {};
	const groups = access === "owner" ? [readWrite, migrator] : [readWrite];
	const missing = groups.filter((group) => !memberOf.includes(group));
	const extra = memberOf.filter((group) => !groups.includes(group));
	const sql = missing.map((group) => `GRANT ${identifier(group)} TO ${id}`);
	const wantedRole = access === "owner" ? migrator : null;
	if (actsAs !== wantedRole)
		sql.push(
			wantedRole ? `ALTER ROLE ${id} SET role = ${literal(wantedRole)}` : `ALTER ROLE ${id} RESET role`,
		);
	sql.push(...extra.map((group) => `REVOKE ${identifier(group)} FROM ${id}`));
	return sql.length === 0
		? []
		: [{ finding: `role ${name} has not the rights of "${access}"`, end: "mended", sql }];
}

/**
 * Who owns what, and what the application may do with it. The rights in single objects are given when the migrator gets an
 * object, not again and again: a migration may take one away on purpose.
 */
function rights(
	{ database, superuser }: PostgresWanted,
	seen: PostgresSeen,
	migrator: string,
	readWrite: string,
): Change[] {
	const [db, mig, rw] = [database, migrator, readWrite].map(identifier);
	const found: Change[] = [];
	if (!seen.databaseRights)
		found.push({
			finding: `${migrator} and ${readWrite} have not their rights in database ${database}`,
			end: "mended",
			sql: [
				`GRANT CONNECT, TEMPORARY, CREATE ON DATABASE ${db} TO ${mig}`,
				`GRANT CONNECT, TEMPORARY ON DATABASE ${db} TO ${rw}`,
			],
		});
	for (const { name } of seen.schemas.filter(({ openToAll }) => openToAll))
		found.push({
			finding: `everybody may make tables in schema ${name}`,
			end: "mended",
			sql: [`REVOKE CREATE ON SCHEMA ${identifier(name)} FROM PUBLIC`],
		});
	const isOld = (owner: string) => owner === superuser || owner === "pg_database_owner";
	const handedOver = seen.schemas.filter(({ owner }) => isOld(owner));
	for (const { name, owner } of handedOver)
		found.push({
			finding: `schema ${name} belongs to ${owner}`,
			end: "mended",
			sql: [`ALTER SCHEMA ${identifier(name)} OWNER TO ${mig}`],
		});
	if (seen.strangers.length > 0)
		found.push({
			finding: `${firstOf(seen.strangers)} not ${migrator}'s, but ${superuser}'s`,
			end: "mended",
			sql: seen.strangers.map((object) => `ALTER ${object} OWNER TO ${mig}`),
		});
	const withoutDefaults = DEFAULTS.some((kind) => !seen.defaults.includes(kind));
	if (withoutDefaults)
		found.push({
			finding: `${readWrite} would have no rights in what ${migrator} makes`,
			end: "mended",
			sql: Object.entries(RIGHTS).map(
				([kind, what]) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${mig} GRANT ${what} ON ${kind} TO ${rw}`,
			),
		});
	if (withoutDefaults || handedOver.length > 0 || seen.strangers.length > 0)
		found.push({
			finding: `${readWrite} has not its rights in what there is`,
			end: "mended",
			sql: seen.schemas
				.filter(({ owner }) => isOld(owner) || owner === migrator)
				.flatMap(({ name }) => [
					`GRANT USAGE ON SCHEMA ${identifier(name)} TO ${rw}`,
					...(["TABLES", "SEQUENCES", "FUNCTIONS"] as const).map(
						(kind) => `GRANT ${RIGHTS[kind]} ON ALL ${kind} IN SCHEMA ${identifier(name)} TO ${rw}`,
					),
				]),
		});
	return found;
}

/** A role that nobody wants: what it owns in the database goes to the migrator, its sessions end, its password is void. */
function drop(name: string, migrator: string): Change {
	const id = identifier(name);
	return {
		finding: `role ${name} is not wanted any more`,
		end: "dropped",
		sql: [
			`ALTER ROLE ${id} NOLOGIN PASSWORD NULL`,
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${literal(name)}`,
			`REASSIGN OWNED BY ${id} TO ${identifier(migrator)}`,
			`DROP OWNED BY ${id}`,
			`DROP ROLE ${id}`,
		],
	};
}

/** "4 objects (table public.a, table public.b, table public.c, …) are". */
function firstOf(objects: readonly string[]): string {
	const shown = objects.slice(0, 3).join(", ");
	const count = objects.length === 1 ? "1 object" : `${objects.length} objects`;
	const verb = objects.length === 1 ? "is" : "are";
	return `${count} (${shown}${objects.length > 3 ? ", …" : ""}) ${verb}`;
}

function takenText(names: readonly string[]): string {
	const [first = ""] = names;
	const which = names.length === 1 ? `role ${first} is` : `roles ${names.join(", ")} are`;
	return `${which} there already, and not made by this project; its password would be changed. Give the login another name, rename the role, or hand it over: COMMENT ON ROLE ${identifier(first)} IS ${literal(MARK)};`;
}

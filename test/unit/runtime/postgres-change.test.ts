import { describe, expect, test } from "vitest";
import { changes, type PostgresWanted } from "../../../components/runtime/databases/postgres-change";
import type { PostgresSeen, RoleSeen } from "../../../components/runtime/databases/postgres-look";
import { scramVerifier } from "../../../components/runtime/databases/scram";

const PASSWORDS = { shop_migrator: "hush-migrator", shop_app: "hush-app", shop_app2: "hush-app2" };
const wanted: PostgresWanted = {
	database: "shop",
	superuser: "shop",
	access: "readwrite",
	logins: ["shop_app"],
	passwords: PASSWORDS,
};

function role(name: string, more: Partial<RoleSeen> = {}): RoleSeen {
	const password = PASSWORDS[name as keyof typeof PASSWORDS];
	const verifier = password === undefined ? null : scramVerifier(password);
	const login = password !== undefined;
	return { name, login, powers: false, verifier, actsAs: null, memberOf: [], ours: true, ...more };
}

/** A database in which all is as it should be. */
const well: PostgresSeen = {
	roles: [
		role("shop", { powers: true, login: true, ours: false }),
		role("shop_rw"),
		role("shop_migrator"),
		role("shop_app", { memberOf: ["shop_rw"] }),
	],
	schemas: [{ name: "public", owner: "shop_migrator", openToAll: false }],
	strangers: [],
	databaseRights: true,
	defaults: ["S", "f", "n", "r"],
};
const untouched: PostgresSeen = {
	roles: [role("shop", { powers: true, login: true, ours: false })],
	schemas: [{ name: "public", owner: "pg_database_owner", openToAll: true }],
	strangers: ["table public.orders"],
	databaseRights: false,
	defaults: [],
};
const seen = (...roles: RoleSeen[]): PostgresSeen => ({
	...well,
	roles: well.roles.map((one) => roles.find(({ name }) => name === one.name) ?? one),
});
const findings = (...args: Parameters<typeof changes>) => changes(...args).map(({ finding }) => finding);
const sqlOf = (...args: Parameters<typeof changes>) =>
	changes(...args)
		.flatMap(({ sql }) => sql)
		.map((line) => line.replaceAll(/SCRAM-SHA-256[^']+/g, "<verifier>"));

test("nothing is to be done where all is as it should be", () => {
	expect(changes(wanted, well)).toEqual([]);
});

test("all of a database that has never been looked after, in the order in which it works", () => {
	expect(sqlOf({ ...wanted, access: "owner" }, untouched)).toMatchInlineSnapshot(`
		[
		  "BEGIN",
		  "CREATE ROLE "shop_rw" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD NULL",
		  "COMMENT ON ROLE "shop_rw" IS 'made by blue-green releases'",
		  "COMMIT",
		  "BEGIN",
		  "CREATE ROLE "shop_migrator" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD '<verifier>'",
		  "COMMENT ON ROLE "shop_migrator" IS 'made by blue-green releases'",
		  "COMMIT",
		  "BEGIN",
		  "CREATE ROLE "shop_app" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD '<verifier>'",
		  "COMMENT ON ROLE "shop_app" IS 'made by blue-green releases'",
		  "COMMIT",
		  "GRANT "shop_rw" TO "shop_app"",
		  "GRANT "shop_migrator" TO "shop_app"",
		  "ALTER ROLE "shop_app" SET role = 'shop_migrator'",
		  "GRANT CONNECT, TEMPORARY, CREATE ON DATABASE "shop" TO "shop_migrator"",
		  "GRANT CONNECT, TEMPORARY ON DATABASE "shop" TO "shop_rw"",
		  "REVOKE CREATE ON SCHEMA "public" FROM PUBLIC",
		  "ALTER SCHEMA "public" OWNER TO "shop_migrator"",
		  "ALTER table public.orders OWNER TO "shop_migrator"",
		  "ALTER DEFAULT PRIVILEGES FOR ROLE "shop_migrator" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "shop_rw"",
		  "ALTER DEFAULT PRIVILEGES FOR ROLE "shop_migrator" GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO "shop_rw"",
		  "ALTER DEFAULT PRIVILEGES FOR ROLE "shop_migrator" GRANT EXECUTE ON FUNCTIONS TO "shop_rw"",
		  "ALTER DEFAULT PRIVILEGES FOR ROLE "shop_migrator" GRANT USAGE ON SCHEMAS TO "shop_rw"",
		  "GRANT USAGE ON SCHEMA "public" TO "shop_rw"",
		  "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "public" TO "shop_rw"",
		  "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA "public" TO "shop_rw"",
		  "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "public" TO "shop_rw"",
		]
	`);
});

test("no statement holds a password, and no finding does", () => {
	const all = JSON.stringify(changes(wanted, untouched));
	for (const password of Object.values(PASSWORDS)) expect(all).not.toContain(password);
	expect(all).toContain("PASSWORD 'SCRAM-SHA-256$4096:");
});

describe("access", () => {
	test("from owner to readwrite: the role goes first, then the membership that allows it", () => {
		const owner = role("shop_app", { memberOf: ["shop_migrator", "shop_rw"], actsAs: "shop_migrator" });
		expect(sqlOf(wanted, seen(owner))).toEqual([
			'ALTER ROLE "shop_app" RESET role',
			'REVOKE "shop_migrator" FROM "shop_app"',
		]);
	});

	test("from readwrite to owner: the membership first", () => {
		expect(sqlOf({ ...wanted, access: "owner" }, well)).toEqual([
			'GRANT "shop_migrator" TO "shop_app"',
			`ALTER ROLE "shop_app" SET role = 'shop_migrator'`,
		]);
	});
});

test("a login that is ours and not wanted goes after everything else", () => {
	const both = { ...well, roles: [...well.roles, role("shop_old", { login: true })] };
	expect(findings({ ...wanted, logins: ["shop_app", "shop_app2"] }, both)).toEqual([
		"role shop_app2 is missing",
		"role shop_old is not wanted any more",
	]);
});

test("a role of somebody else's is left alone where nobody wants its name", () => {
	const theirs = { ...well, roles: [...well.roles, role("shop_reports", { ours: false, login: true })] };
	expect(changes(wanted, theirs)).toEqual([]);
});

test("a role of somebody else's that has a wanted name is an error", () => {
	expect(() => changes(wanted, seen(role("shop_app", { ours: false })))).toThrow(
		/^role shop_app is there already, and not made by this project;/,
	);
});

test("names are quoted", () => {
	const odd = { ...well, schemas: [{ name: 'odd "name"', owner: "shop", openToAll: false }] };
	expect(sqlOf(wanted, odd)[0]).toBe('ALTER SCHEMA "odd ""name""" OWNER TO "shop_migrator"');
});

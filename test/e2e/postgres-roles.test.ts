import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loginsDrift, runDatabaseLogins } from "../../components/runtime/databases/logins";
import type { DatabaseLoginsInputs } from "../../components/runtime/databases/store";
import { TestDatabase } from "./support/database";
import { engine } from "./support/docker";

const CONTAINER = "ro-postgres-roles";
const PASSWORDS = { shop_migrator: "of-the-migrator", shop_app: "of-app", shop_app2: "of-app2" };

/** One database's life, in order: made by an application as the superuser, as older releases of this project had it. */
describe("the roles of a real PostgreSQL", () => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await TestDatabase.postgres(CONTAINER, "shop");
		await database.sql(OLD_OBJECTS);
	});
	afterAll(() => database?.remove());

	const said: string[] = [];
	const report = { info: (line: string) => void said.push(line), warn: () => undefined };
	const wanted = (
		logins: readonly string[],
		access: "readwrite" | "owner",
		passwords: Record<string, string> = PASSWORDS,
	): DatabaseLoginsInputs => ({
		type: "postgres",
		container: CONTAINER,
		containerId: "any",
		database: "shop",
		access,
		logins,
		passwords,
	});
	const make = async (inputs: DatabaseLoginsInputs) => {
		said.length = 0;
		return runDatabaseLogins(engine, undefined, inputs, report);
	};
	const as = async (role: keyof typeof PASSWORDS, sql: string) =>
		database.sql(sql, await database.url(role, PASSWORDS[role]));

	it("are made where there is nothing yet, and what the superuser has is handed over", async () => {
		const inputs = wanted(["shop_app"], "owner");
		expect(await loginsDrift(inputs)).toContain("role shop_app is missing");
		await make(inputs);
		expect(said).toEqual([
			"roles shop_rw, shop_migrator, shop_app: made",
			expect.stringMatching(/^\d\d objects of shop: now shop_migrator's$/),
		]);
		expect(await loginsDrift(inputs)).toEqual([]);
		expect(await database.sql(OWNERS)).toBe("shop_migrator");
		expect(
			await database.sql("SELECT lo_get(4711)", await database.url("shop_app", PASSWORDS.shop_app)),
		).toBe("\\x6f6c64");
	});

	it("leave what belongs to an extension to its owner", async () => {
		const owner = "SELECT DISTINCT proowner::regrole FROM pg_proc WHERE proname = 'gen_salt'";
		expect(await database.sql(owner)).toBe("shop");
	});

	it("change nothing when nothing is to be changed", async () => {
		await make(wanted(["shop_app"], "owner"));
		expect(said).toEqual([]);
	});

	it("with access owner: an application makes its own tables, and they belong to no single login", async () => {
		await as("shop_app", "CREATE TABLE made_by_app (id int); INSERT INTO made_by_app VALUES (1)");
		expect(await database.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'made_by_app'")).toBe(
			"shop_migrator",
		);
		await make(wanted(["shop_app", "shop_app2"], "owner"));
		expect(await as("shop_app2", "ALTER TABLE made_by_app ADD note text; DROP TABLE made_by_app")).toBe("");
	});

	it("with access readwrite: the application reads and writes rows, and can change nothing else", async () => {
		await make(wanted(["shop_app", "shop_app2"], "readwrite"));
		expect(
			await as(
				"shop_app",
				`INSERT INTO orders (note) VALUES ('a'), ('b'); UPDATE orders SET note = 'c' WHERE note = 'b';
				DELETE FROM orders WHERE note = 'a'; SELECT string_agg(note, ',' ORDER BY note) FROM orders`,
			),
		).toBe("c,old");
		expect(await as("shop_app", "SELECT hidden.next_number(), count(*) FROM hidden.things")).toBe("1|0");
		for (const [statement, refusal] of REFUSED)
			expect(await as("shop_app", statement), statement).toContain(refusal);
	});

	it("let the migrator change the schema, and the application use what it makes at once", async () => {
		const made = await as(
			"shop_migrator",
			`CREATE SCHEMA later; CREATE TABLE later.parts (id serial PRIMARY KEY, name text);
			CREATE FUNCTION later.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
			ALTER TABLE orders ADD added text; DROP VIEW few; DROP TABLE drops`,
		);
		expect(made).toBe("");
		const use = "INSERT INTO later.parts (name) VALUES ('x'); SELECT later.twice(id) FROM later.parts";
		expect(await as("shop_app2", use)).toBe("2");
		expect(await as("shop_app2", "DROP TABLE later.parts")).toContain("must be owner of table parts");
		expect(await loginsDrift(wanted(["shop_app", "shop_app2"], "readwrite"))).toEqual([]);
	});

	it("are made again where one is gone", async () => {
		await database.sql("DROP OWNED BY shop_app; DROP ROLE shop_app");
		const inputs = wanted(["shop_app", "shop_app2"], "readwrite");
		expect(await loginsDrift(inputs)).toEqual(["role shop_app is missing"]);
		await make(inputs);
		expect(said).toEqual(["role shop_app is missing: made"]);
		expect(await as("shop_app", "SELECT count(*) > 0 FROM orders")).toBe("t");
	});

	it("leave a right that a migration has taken away", async () => {
		await as("shop_migrator", "REVOKE DELETE ON orders FROM shop_rw");
		await make(wanted(["shop_app", "shop_app2"], "readwrite"));
		expect(said).toEqual([]);
		expect(await as("shop_app", "DELETE FROM orders")).toContain("permission denied for table orders");
	});

	it.for([
		["ALTER ROLE shop_app SUPERUSER", "role shop_app has rights over the whole server"],
		["ALTER ROLE shop_app NOLOGIN", "role shop_app may not log in"],
		["ALTER ROLE shop_rw LOGIN", "role shop_rw may log in"],
		["ALTER ROLE shop_app PASSWORD 'another'", "role shop_app has another password"],
		["ALTER ROLE shop_app PASSWORD NULL", "role shop_app has another password"],
		["REVOKE shop_rw FROM shop_app", 'role shop_app has not the rights of "readwrite"'],
		["GRANT shop_migrator TO shop_app", 'role shop_app has not the rights of "readwrite"'],
		["ALTER ROLE shop_app SET role = shop_rw", 'role shop_app has not the rights of "readwrite"'],
		["CREATE TABLE by_hand (id int)", "1 object (table public.by_hand) is not shop_migrator's, but shop's"],
		["GRANT CREATE ON SCHEMA public TO PUBLIC", "everybody may make tables in schema public"],
		["ALTER SCHEMA later OWNER TO shop", "schema later belongs to shop"],
		["DROP OWNED BY shop_rw", "shop_rw would have no rights in what shop_migrator makes"],
		[
			"REVOKE ALL ON DATABASE shop FROM PUBLIC, shop_rw",
			"shop_migrator and shop_rw have not their rights in database shop",
		],
	] as const)("see and mend what was done by hand: %s", async ([by, finding]) => {
		const inputs = wanted(["shop_app", "shop_app2"], "readwrite");
		expect(await database.sql(by)).toBe("");
		expect(await loginsDrift(inputs)).toContain(finding);
		await make(inputs);
		expect(said).toContain(`${finding}: mended`);
		expect(await loginsDrift(inputs)).toEqual([]);
		expect(await as("shop_app", "SELECT count(*) > 0 FROM orders; SELECT count(*) FROM later.parts")).toBe(
			"t\n1",
		);
	});

	it("leave what this project itself keeps in the database to the superuser", async () => {
		await database.sql("CREATE SCHEMA blue_green; CREATE TABLE blue_green.journal (id int)");
		await make(wanted(["shop_app", "shop_app2"], "readwrite"));
		expect(said).toEqual([]);
		const refused = "permission denied for schema blue_green";
		for (const role of ["shop_app", "shop_migrator"] as const)
			expect(await as(role, "SELECT * FROM blue_green.journal")).toContain(refused);
	});

	it("wait for a lock in short turns, so that nobody queues behind them for long", async () => {
		await database.sql("CREATE TABLE contended (id int)");
		const held = database.sql("BEGIN; LOCK TABLE contended IN ACCESS SHARE MODE; SELECT pg_sleep(4); COMMIT");
		await new Promise((resolve) => setTimeout(resolve, 500));
		const making = make(wanted(["shop_app", "shop_app2"], "readwrite"));
		let longestMs = 0;
		let isMade = false;
		void making.finally(() => {
			isMade = true;
		});
		while (!isMade) {
			const start = performance.now();
			expect(await database.sql("SELECT count(*) FROM contended")).toBe("0");
			longestMs = Math.max(longestMs, performance.now() - start);
		}
		await Promise.all([held, making]);
		expect(said).toContain("1 object (table public.contended) is not shop_migrator's, but shop's: mended");
		expect(longestMs).toBeLessThan(2_500);
	});

	it("go when nobody wants them any more: sessions end, the password is void", async () => {
		const session = as("shop_app", "SELECT pg_sleep(60)");
		await new Promise((resolve) => setTimeout(resolve, 500));
		await make(wanted(["shop_app2"], "readwrite"));
		expect(said).toEqual(["role shop_app is not wanted any more: dropped"]);
		expect(await session).toContain("terminating connection due to administrator command");
		expect(await as("shop_app", "SELECT 1")).toContain('password authentication failed for user "shop_app"');
		expect(await as("shop_app2", "SELECT 1")).toBe("1");
	});

	it("do not touch a role of somebody else's, and say what to do", async () => {
		await database.sql(
			"CREATE ROLE shop_theirs LOGIN PASSWORD 'theirs'; GRANT CONNECT ON DATABASE shop TO shop_theirs",
		);
		const inputs = wanted(["shop_app2", "shop_theirs"], "readwrite", { ...PASSWORDS, shop_theirs: "ours" });
		await expect(make(inputs)).rejects.toThrow(
			/^The logins of PostgreSQL in ro-postgres-roles could not be made: role shop_theirs is there already, and not made by this project;.*COMMENT ON ROLE "shop_theirs" IS /,
		);
		const url = await database.url("shop_theirs", "theirs");
		expect(await database.sql("SELECT 1", url)).toBe("1");
	});

	it("show no password in a statement, with log_statement = all, though they are new", async () => {
		await database.sql("ALTER SYSTEM SET log_statement = 'all'");
		await database.sql("SELECT pg_reload_conf()");
		const passwords = { shop_migrator: "very-new-1", shop_app2: "very-new-2" };
		await make(wanted(["shop_app2"], "readwrite", passwords));
		expect(await database.sql("SELECT 1", await database.url("shop_app2", "very-new-2"))).toBe("1");
		const logs = await engine.lastLogLines(CONTAINER, 1_000);
		expect(logs.join("\n")).toContain("statement:");
		expect(logs.join("\n")).not.toMatch(/very-new|SCRAM-SHA-256\$/);
	});
});

/**
 * All owners of what is in the database's own schemas, of every kind of object, but for what belongs to an extension, and
 * what PostgreSQL makes with a range type and drops with it. Whatever is still the superuser's is named.
 */
const OWNERS = `
	SELECT DISTINCT CASE owner::regrole::text WHEN 'shop' THEN pg_describe_object(class, objects.oid, 0) ELSE owner::regrole::text END FROM (
		SELECT c.relnamespace AS ns, c.oid, c.relowner AS owner, 'pg_class'::regclass AS class FROM pg_class c
		UNION ALL SELECT typnamespace, oid, typowner, 'pg_type'::regclass FROM pg_type
		UNION ALL SELECT pronamespace, oid, proowner, 'pg_proc'::regclass FROM pg_proc
		UNION ALL SELECT oprnamespace, oid, oprowner, 'pg_operator'::regclass FROM pg_operator
		UNION ALL SELECT opcnamespace, oid, opcowner, 'pg_opclass'::regclass FROM pg_opclass
		UNION ALL SELECT opfnamespace, oid, opfowner, 'pg_opfamily'::regclass FROM pg_opfamily
		UNION ALL SELECT cfgnamespace, oid, cfgowner, 'pg_ts_config'::regclass FROM pg_ts_config
		UNION ALL SELECT collnamespace, oid, collowner, 'pg_collation'::regclass FROM pg_collation
		UNION ALL SELECT stxnamespace, oid, stxowner, 'pg_statistic_ext'::regclass FROM pg_statistic_ext
		UNION ALL SELECT oid, oid, nspowner, 'pg_namespace'::regclass FROM pg_namespace
	) AS objects
	WHERE ns IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'hidden'))
	AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = objects.oid AND d.deptype IN ('e', 'i'))`;

/** What applications and tools leave in a database, one of each kind. */
const OLD_OBJECTS = `
	CREATE EXTENSION pgcrypto;
	CREATE TYPE mood AS ENUM ('good', 'bad');
	CREATE TYPE pair AS (a int, b int);
	CREATE TYPE span AS RANGE (subtype = int);
	CREATE DOMAIN cents AS int CHECK (VALUE >= 0);
	CREATE TABLE orders (id serial PRIMARY KEY, number int GENERATED ALWAYS AS IDENTITY, note text, mood mood, price cents);
	INSERT INTO orders (note) VALUES ('old');
	CREATE TABLE drops (id int);
	CREATE TABLE events (at date, what text) PARTITION BY RANGE (at);
	CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
	CREATE INDEX ON events (what);
	CREATE STATISTICS of_orders ON note, price FROM orders;
	CREATE VIEW few AS SELECT * FROM orders LIMIT 3;
	CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders;
	CREATE SEQUENCE numbers;
	CREATE FUNCTION plus(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a + b';
	CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TRIGGER stamped BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp();
	CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM drops';
	CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
	CREATE OPERATOR |+| (LEFTARG = int, RIGHTARG = int, FUNCTION = plus);
	CREATE OPERATOR CLASS loose FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int);
	CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);
	CREATE COLLATION own FROM "C";
	CREATE SCHEMA hidden;
	CREATE TABLE hidden."Odd Name" (id int);
	CREATE TABLE hidden.things (id int);
	CREATE SEQUENCE hidden.own_numbers;
	CREATE FUNCTION hidden.next_number() RETURNS bigint LANGUAGE sql AS 'SELECT nextval(''hidden.own_numbers'')';
	SELECT lo_from_bytea(4711, 'old')`;

const REFUSED = [
	["DROP TABLE orders", "must be owner of table orders"],
	["TRUNCATE orders", "permission denied for table orders"],
	["ALTER TABLE orders ADD more int", "must be owner of table orders"],
	["CREATE TABLE more (id int)", "permission denied for schema public"],
	["CREATE INDEX ON orders (note)", "must be owner of table orders"],
	["CREATE SCHEMA more", "permission denied for database shop"],
	["DROP SCHEMA hidden CASCADE", "must be owner of schema hidden"],
	["SET ROLE shop_migrator", 'permission denied to set role "shop_migrator"'],
	["CREATE ROLE more", "permission denied to create role"],
	["ALTER ROLE shop_app PASSWORD 'x' SUPERUSER", "must be superuser to alter superuser roles"],
	["SELECT rolpassword FROM pg_authid", "permission denied for table pg_authid"],
	["DROP DATABASE shop", "must be owner of database shop"],
] as const;

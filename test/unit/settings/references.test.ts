import { describe, expect, test } from "vitest";
import { load, problemsText, SMALL } from "./configuration";

/** The small configuration with other settings for its service. */
function web(settings: object) {
	return { ...SMALL, services: { web: { port: 3000, route: "/", ...settings } } };
}

describe("databases and secrets", () => {
	test("a database with the name of a service", async () => {
		const databases = { web: { type: "postgres" } };
		expect(await problemsText({ ...SMALL, databases })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.web: the name web is already taken by a service. Allowed: a name that no service has.
			      pulumi config rm --path databases.web
			      pulumi config set --path databases.web-db.type postgres"
		`);
	});

	test("a database that there is not, beside some", async () => {
		expect(await problemsText(web({ databases: ["main", "orders"] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.databases[1]: there is no database orders. Allowed: main, cache.
			      pulumi config set --path 'services.web.databases[1]' main"
		`);
	});

	test("a database where there is none", async () => {
		expect(await problemsText({ ...web({ databases: ["main"] }), databases: {} })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.databases[0]: there is no database main. Allowed: declare it under databases first.
			      pulumi config rm --path 'services.web.databases[0]'"
		`);
	});

	test("a secret that there is not", async () => {
		expect(await problemsText(web({ secrets: ["API_KEY"] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.secrets[0]: there is no secret API_KEY. Allowed: a name under secrets.
			      pulumi config set --secret --path secrets.API_KEY '<value>'"
		`);
	});

	test("two databases whose URLs go by the same variable", async () => {
		const databases = {
			main: { type: "postgres" },
			archive: { type: "postgres", urlVariable: "MAIN_URL" },
			cache: { type: "redis" },
		};
		expect(await problemsText({ ...SMALL, databases })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.archive.urlVariable: MAIN_URL already carries the URL of database main. Allowed: a variable that no other database has.
			      pulumi config set --path databases.archive.urlVariable ARCHIVE_URL"
		`);
	});

	test("a database whose URL goes by a reserved variable", async () => {
		const databases = { main: { type: "postgres", urlVariable: "PORT" } };
		expect(await problemsText({ ...SMALL, databases })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.urlVariable: PORT is given to every service by the release itself. Allowed: any name but COLOR, VERSION, SERVICE, PORT, CACHE_PREFIX, QUEUE_PREFIX, DEAD_LETTER_QUEUE.
			      pulumi config set --path databases.main.urlVariable MAIN_URL"
		`);
	});

	test("a database whose URL goes by a variable that a service sets itself", async () => {
		const env = { DATABASE_URL: "postgres://elsewhere" };
		expect(await problemsText(web({ env }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.urlVariable: DATABASE_URL is also in services.web.env. Allowed: a variable that nothing else sets.
			      pulumi config set --path databases.main.urlVariable MAIN_URL"
		`);
		await expect(load(web({ env, databases: ["cache"] }))).resolves.toBeDefined();
	});

	test("a database whose URL goes by a variable that is also a secret", async () => {
		const config = { ...web({ secrets: ["REDIS_URL"] }), secrets: { REDIS_URL: "redis://elsewhere" } };
		expect(await problemsText(config, { secretKeys: ["secrets"] })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.cache.urlVariable: REDIS_URL is also in services.web.secrets. Allowed: a variable that nothing else sets.
			      pulumi config set --path databases.cache.urlVariable CACHE_URL"
		`);
	});

	test("two databases of one type have variables by their names", async () => {
		const databases = { main: { type: "postgres" }, "main-archive": { type: "postgres" } };
		await expect(load({ ...SMALL, databases })).resolves.toBeDefined();
	});
});

import { describe, expect, test } from "vitest";
import { problemsText, SMALL } from "../settings/configuration";

const CUSTOM = {
	type: "custom",
	image: "mongo:8",
	port: 27_017,
	volumes: ["/data/db"],
	health: { command: ["mongosh"] },
	url: "mongodb://root:{password}@{host}:{port}",
};
/** What a person reads for these databases; the services take none of them. */
const text = (databases: object, stack = "prod") =>
	problemsText(
		{ ...SMALL, services: { web: { port: 3000, route: "/", databases: [] } }, databases },
		{ stack },
	);

describe("databases that do not fit together", () => {
	test("a name that makes the container's name longer than a DNS name", async () => {
		const databases = { "main-ledger-of-all-orders": { type: "postgres" }, cache: { type: "redis" } };
		expect(await text(databases, "a-stack-with-a-rather-long-name-1")).toMatchInlineSnapshot(`
			"1 problem in the settings of stack a-stack-with-a-rather-long-name-1; nothing was touched.
			  databases.main-ledger-of-all-orders: makes the container name shop-a-stack-with-a-rather-long-name-1-db-main-ledger-of-all-orders of 67 characters; DNS names end at 63. Allowed: the database under a name of at most 21 characters.
			      pulumi config rm --path databases.main-ledger-of-all-orders
			      pulumi config set --path databases.NAME.type postgres"
		`);
	});

	test("one volume for two", async () => {
		expect(
			await text({
				main: { type: "postgres" },
				other: { type: "postgres", volume: "shop-prod-db-main-data" },
				documents: { ...CUSTOM, volume: "mine", volumes: ["/a", "/b"] },
				cache: { type: "redis", volume: "mine-2" },
				queue: { type: "redis", volume: "shop-prod-proxy-switch" },
			}),
		).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  databases.other.volume: volume shop-prod-db-main-data is already that of database main. Allowed: a volume that nothing else has.
			      pulumi config rm --path databases.other.volume
			  databases.cache.volume: volume mine-2 is already that of database documents. Allowed: a volume that nothing else has.
			      pulumi config rm --path databases.cache.volume
			  databases.queue.volume: volume shop-prod-proxy-switch is already that of the proxy. Allowed: a volume that nothing else has.
			      pulumi config rm --path databases.queue.volume"
		`);
	});

	test("one port of the host for two, or for the proxy too", async () => {
		expect(
			await text({
				main: { type: "postgres", publishPort: 5432 },
				other: { type: "postgres", publishPort: 5432 },
				cache: { type: "redis", publishPort: 8080 },
			}),
		).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  databases.other.publishPort: 5432 is already the port of database main. Allowed: a port that nothing else has.
			      pulumi config set --path databases.other.publishPort 5433
			  databases.cache.publishPort: 8080 is already the port of the proxy. Allowed: a port that nothing else has.
			      pulumi config set --path databases.cache.publishPort 8081"
		`);
	});
});

describe("parameters of a server", () => {
	test("that its container depends on", async () => {
		expect(
			await text({
				main: { type: "postgres", parameters: { port: 5433, listen_addresses: "*" } },
				cache: { type: "redis", parameters: { requirepass: "hush", dir: "/tmp" } },
			}),
		).toMatchInlineSnapshot(`
			"4 problems in the settings of stack prod; nothing was touched.
			  databases.main.parameters.port: port is 5432 inside the container, and publishPort on the host. Allowed: without it.
			      pulumi config rm --path databases.main.parameters.port
			  databases.main.parameters.listen_addresses: listen_addresses is what the image says: all addresses of its network. Allowed: without it.
			      pulumi config rm --path databases.main.parameters.listen_addresses
			  databases.cache.parameters.requirepass: requirepass is a random password, made and kept by Pulumi. Allowed: without it.
			      pulumi config rm --path databases.cache.parameters.requirepass
			  databases.cache.parameters.dir: dir is where the volume is. Allowed: without it.
			      pulumi config rm --path databases.cache.parameters.dir"
		`);
	});

	test("that let a crash destroy the database", async () => {
		expect(await text({ main: { type: "postgres", parameters: { fsync: false } } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.parameters.fsync: "off" lets a crash of the host destroy the database. Allowed: on; synchronous_commit off is as quick, and loses the last commits at most.
			      pulumi config rm --path databases.main.parameters.fsync"
		`);
	});

	test("that take more memory than there is", async () => {
		expect(
			await text({
				main: { type: "postgres", resources: { memoryMb: 512 }, parameters: { shared_buffers: "1GB" } },
				other: { type: "postgres", resources: { memoryMb: 512 }, parameters: { shared_buffers: 65_536 } },
				cache: { type: "redis", resources: { memoryMb: 512 }, parameters: { maxmemory: "512mb" } },
			}),
		).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  databases.main.parameters.shared_buffers: "1GB" is not less than databases.main.resources.memoryMb, which is 512: the kernel would end the server. Allowed: less; without it a share of memoryMb.
			      pulumi config rm --path databases.main.parameters.shared_buffers
			  databases.other.parameters.shared_buffers: "65536" is not less than databases.other.resources.memoryMb, which is 512: the kernel would end the server. Allowed: less; without it a share of memoryMb.
			      pulumi config rm --path databases.other.parameters.shared_buffers
			  databases.cache.parameters.maxmemory: "512mb" is not less than databases.cache.resources.memoryMb, which is 512: the kernel would end the server. Allowed: less; without it a share of memoryMb.
			      pulumi config rm --path databases.cache.parameters.maxmemory"
		`);
	});

	test("with a name or a value that no server has", async () => {
		expect(
			await text({
				main: { type: "postgres", parameters: { "Work Mem": "4MB", jit: "on\noff" } },
				cache: { type: "redis", parameters: { save: "" } },
			}),
		).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  databases.main.parameters["Work Mem"]: not a valid name. Allowed: a parameter of PostgreSQL, such as work_mem.
			      pulumi config rm --path 'databases.main.parameters["Work Mem"]'
			  databases.main.parameters.jit: "on\\noff" is not allowed. Allowed: text on one line, a number, true or false.
			      pulumi config set --path databases.main.parameters.jit '<value>'
			  databases.cache.parameters.save: "" is not allowed. Allowed: text on one line, a number, true or false.
			      pulumi config set --path databases.cache.parameters.save '<value>'"
		`);
	});
});

describe("a custom database", () => {
	test("without all that makes one", async () => {
		expect(await text({ documents: { type: "custom" } })).toMatchInlineSnapshot(`
			"4 problems in the settings of stack prod; nothing was touched.
			  databases.documents.image: missing. Allowed: text.
			      pulumi config set --path databases.documents.image '<value>'
			  databases.documents.port: missing. Allowed: a number.
			      pulumi config set --path databases.documents.port '<value>'
			  databases.documents.health: missing. Allowed: a group of settings.
			      pulumi config set --path 'databases.documents.health.command[0]' '<value>'
			  databases.documents.url: missing. Allowed: text.
			      pulumi config set --path databases.documents.url 'mongodb://root:{password}@{host}:{port}'"
		`);
	});

	test("without folders, which says that it keeps nothing", async () => {
		const { volumes: _, ...without } = CUSTOM;
		expect(await text({ documents: without })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.documents.volumes: missing. Allowed: at least one folder that holds its data, or stateless: true.
			      pulumi config set --path 'databases.documents.volumes[0]' '<value>'"
		`);
		expect(await text({ documents: { ...CUSTOM, volumes: ["/data", "/data"] } })).toContain(
			"Allowed: each folder once.",
		);
		expect(await text({ documents: { ...CUSTOM, volumes: ["data"] } })).toContain(
			"Allowed: an absolute path in the container.",
		);
	});

	test("with a URL that leads nowhere", async () => {
		expect(
			await text({ documents: { ...CUSTOM, url: "mongodb://{hostname}:{port}" } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.documents.url: there is no {hostname}. Allowed: a template with {host}, and {port} and {password} where they are wanted.
			      pulumi config set --path databases.documents.url 'mongodb://root:{password}@{host}:{port}'"
		`);
		expect(await text({ documents: { ...CUSTOM, url: "mongodb://db" } })).toContain("the URL has no {host}.");
	});

	test("whose password docker inspect would show", async () => {
		expect(
			await text({
				documents: {
					...CUSTOM,
					env: { ROOT_PASSWORD: "{password}" },
					command: ["mongod", "--password={password}"],
				},
			}),
		).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  databases.documents.env.ROOT_PASSWORD: {password} would be shown by docker inspect. Allowed: the file that has it, /run/secrets/password, under a variable that names a file.
			      pulumi config rm --path databases.documents.env.ROOT_PASSWORD
			      pulumi config set --path databases.documents.env.ROOT_PASSWORD_FILE /run/secrets/password
			  databases.documents.command[1]: {password} would be shown by docker inspect. Allowed: read from its file, as in sh -c "… $(cat /run/secrets/password)".
			      pulumi config rm --path 'databases.documents.command[1]'"
		`);
	});

	test("with a secret that there is not", async () => {
		expect(await text({ documents: { ...CUSTOM, secrets: ["LICENSE"] } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.documents.secrets[0]: there is no secret LICENSE. Allowed: a name under secrets.
			      pulumi config set --secret --path secrets.LICENSE '<value>'"
		`);
	});
});

test("a port of a database that is no number, and a volume's name that Docker would not take", async () => {
	expect(
		await text({ main: { type: "postgres", publishPort: "5432", volume: "a/b", restart: "never" } }),
	).toMatchInlineSnapshot(`
		"3 problems in the settings of stack prod; nothing was touched.
		  databases.main.publishPort: "5432" is not allowed. Allowed: a number.
		      pulumi config set --path databases.main.publishPort '<value>'
		  databases.main.volume: "a/b" is not allowed. Allowed: a name of a Docker volume.
		      pulumi config set --path databases.main.volume '<value>'
		  databases.main.restart: "never" is not allowed. Allowed: unless-stopped, always, on-failure, no.
		      pulumi config set --path databases.main.restart unless-stopped"
	`);
});

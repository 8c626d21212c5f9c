import { connect } from "node:net";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upgradeCommands } from "../../components/plan/postgres-upgrade";
import { localImages } from "../../scripts/images/versions";
import { projectFolder } from "../../scripts/lib/environment";
import { engine, eventually, idsOf, inContainer } from "./support/docker";
import { assertSucceeded, freePort, TestStack } from "./support/stack";

/** Two PostgreSQL, two Redis, and a third PostgreSQL as any other image: on the real Engine, under a real shop. */
describe("the databases of a stack", () => {
	let stack: TestStack;
	let images: { postgres: string; redis: string };
	const ports = { audit: 0, queue: 0, documents: 0 };
	const tags: string[] = [];

	beforeAll(async () => {
		stack = await TestStack.create("db-many");
		images = {
			postgres: await stack.get("databases.main.image"),
			redis: await stack.get("databases.cache.image"),
		};
		for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
		await stack.configure("databases", {
			main: { type: "postgres", image: images.postgres, database: "shop", urlVariable: "DATABASE_URL" },
			audit: {
				type: "postgres",
				image: images.postgres,
				database: "audit",
				publishPort: ports.audit,
				resources: { memoryMb: 256 },
				parameters: { max_connections: 30 },
			},
			cache: { type: "redis", image: images.redis, urlVariable: "REDIS_URL" },
			queue: {
				type: "redis",
				image: images.redis,
				publishPort: ports.queue,
				resources: { memoryMb: 64 },
				parameters: { appendfsync: "always" },
			},
			documents: {
				type: "custom",
				image: images.postgres,
				port: 5432,
				publishPort: ports.documents,
				volumes: ["/var/lib/postgresql/data"],
				health: { command: ["pg_isready", "--host", "127.0.0.1", "--username", "keeper"] },
				env: { POSTGRES_USER: "keeper", POSTGRES_PASSWORD_FILE: "/run/secrets/password" },
				url: "postgres://keeper:{password}@{host}:{port}/keeper",
			},
		});
		assertSucceeded(await stack.up());
	});
	afterAll(async () => {
		await stack?.dispose();
		for (const tag of tags) await engine.api.getImage(tag).remove();
	});

	const database = (name: string) => stack.container(`db-${name}`);
	const ids = () => idsOf(stack.container("db-"));

	/** SQL in the container of a database, as its owner; what it prints, without its frame. */
	async function sql(name: string, user: string, query: string): Promise<string> {
		const psql = [
			"psql",
			"--username",
			user,
			"--no-psqlrc",
			"--tuples-only",
			"--no-align",
			"--quiet",
			"--command",
		];
		return (await inContainer(database(name), ...psql, query)).trim();
	}

	/** What a preview refuses, without what Pulumi puts around it; nothing was touched by it. */
	async function refusal(): Promise<string> {
		const before = await ids();
		const said = await stack.preview().then(
			(text) => {
				throw new Error(`the preview did not refuse it:\n${text}`);
			},
			(error: Error) => error.message,
		);
		expect(await ids()).toEqual(before);
		return said.slice(said.search(/\d+ problems? in the settings/)).split("\n\n")[0] as string;
	}

	/** With other settings for a while. */
	async function withSettings<T>(
		changes: Readonly<Record<string, string | null>>,
		then: () => Promise<T>,
	): Promise<T> {
		const before = await stack.read("databases");
		try {
			for (const [setting, value] of Object.entries(changes))
				await (value === null ? stack.remove(setting) : stack.set(setting, value));
			return await then();
		} finally {
			await stack.configure("databases", before);
		}
	}

	it("are all reached from one another by the URLs that services get", async () => {
		const { databases } = (await stack.outputs()) as {
			databases: Record<string, { url: string; variable: string }>;
		};
		const url = (name: string) => databases[name]?.url ?? "";
		expect(
			Object.fromEntries(Object.entries(databases).map(([name, { variable }]) => [name, variable])),
		).toEqual({
			main: "DATABASE_URL",
			audit: "AUDIT_URL",
			cache: "REDIS_URL",
			queue: "QUEUE_URL",
			documents: "DOCUMENTS_URL",
		});
		for (const name of ["main", "audit", "documents"])
			expect(await inContainer(database("main"), "psql", url(name), "-tAc", "select 1")).toBe("1\n");
		for (const name of ["cache", "queue"])
			expect(
				await inContainer(database("cache"), "redis-cli", "--no-auth-warning", "-u", url(name), "ping"),
			).toBe("PONG\n");
	});

	it("are published on loopback only, where that is asked for, and answer there", async () => {
		const bindings = await Promise.all(
			["main", "audit", "cache", "queue", "documents"].map(async (name) => {
				const { HostConfig } = await engine.api.getContainer(database(name)).inspect();
				return [name, Object.values(HostConfig.PortBindings as object).flat()];
			}),
		);
		expect(Object.fromEntries(bindings)).toEqual({
			main: [],
			audit: [{ HostIp: "127.0.0.1", HostPort: String(ports.audit) }],
			cache: [],
			queue: [{ HostIp: "127.0.0.1", HostPort: String(ports.queue) }],
			documents: [{ HostIp: "127.0.0.1", HostPort: String(ports.documents) }],
		});
		expect(await firstAnswer(ports.queue, "PING\r\n")).toMatch(/^-NOAUTH/);
		// The request for encryption, to which PostgreSQL answers with one letter.
		const ask = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
		for (const port of [ports.audit, ports.documents]) expect(await firstAnswer(port, ask)).toBe("N");
	});

	it("run with parameters that follow from their memory, and with those that the settings say", async () => {
		const query =
			"select string_agg(name || ' ' || current_setting(name), ', ' order by name) from pg_settings where name in ('shared_buffers', 'effective_cache_size', 'maintenance_work_mem', 'max_connections')";
		expect(await sql("audit", "audit", query)).toBe(
			"effective_cache_size 192MB, maintenance_work_mem 16MB, max_connections 30, shared_buffers 38MB",
		);
		const { databases } = (await stack.outputs()) as { databases: Record<string, { url: string }> };
		const redis = (name: string, setting: string) =>
			inContainer(
				database(name),
				"redis-cli",
				"--no-auth-warning",
				"-u",
				databases[name]?.url ?? "",
				"config",
				"get",
				setting,
			);
		expect(await redis("queue", "maxmemory")).toBe(`maxmemory\n${48 * 1_048_576}\n`);
		expect(await redis("queue", "maxmemory-policy")).toBe("maxmemory-policy\nnoeviction\n");
		expect(await redis("queue", "appendfsync")).toBe("appendfsync\nalways\n");
		expect(await redis("cache", "maxmemory")).toBe("maxmemory\n0\n");
		expect(await redis("cache", "appendonly")).toBe("appendonly\nyes\n");
	});

	it("show no password in docker inspect", async () => {
		const { databases } = (await stack.outputs()) as { databases: Record<string, { url: string }> };
		for (const [name, { url }] of Object.entries(databases)) {
			const password = decodeURIComponent(new URL(url).password);
			expect(password).toHaveLength(32);
			expect(JSON.stringify(await engine.api.getContainer(database(name)).inspect())).not.toContain(password);
		}
	});

	it("a plain `up` afterwards changes nothing", async () => {
		expect(Object.keys((await stack.up()).changes)).toEqual(["same"]);
	});

	describe("a preview refuses, and nothing is touched:", () => {
		it("another major version of PostgreSQL, with the way there", async () => {
			const image = images.postgres.replace(/:\d+.*$/, ":99");
			const text = await withSettings({ "databases.main.image": image }, refusal);
			expect(text).toBe(`1 problem in the settings of stack db-many; nothing was touched.
  databases.main.image: "${image}" is PostgreSQL 99, which cannot read the data of PostgreSQL 15 in volume shop-db-many-db-main-data. Allowed: PostgreSQL 15; or everything dumped and restored into a fresh volume, while nothing writes.
      pulumi config set --path databases.main.image ${images.postgres}
      # or, the way to the other version:
${commandsTo(image)
	.map((line) => `      ${line}`)
	.join("\n")}`);
		});

		it("an older Redis", async () => {
			const image = images.redis.replace(/:\d+.*$/, ":6");
			expect(await withSettings({ "databases.cache.image": image }, refusal)).toBe(
				`1 problem in the settings of stack db-many; nothing was touched.
  databases.cache.image: "${image}" is older than ${images.redis}, which has written the data: it may not read it. Allowed: ${images.redis} or newer.
      pulumi config set --path databases.cache.image ${images.redis}`,
			);
		});

		it("another volume, which no restore has filled", async () => {
			expect(await withSettings({ "databases.main.volume": "elsewhere" }, refusal)).toBe(
				`1 problem in the settings of stack db-many; nothing was touched.
  databases.main.volume: its data is in volume shop-db-many-db-main-data; in elsewhere no restore has put any: there is no such volume with the label blue-green.database=main. Allowed: shop-db-many-db-main-data, or a volume that npm run restore has filled.
      pulumi config rm --path databases.main.volume`,
			);
		});

		it("another name, another type, another PostgreSQL database, all at once", async () => {
			const { audit, queue, ...rest } = await stack.read("databases");
			const settings = {
				...rest,
				ledger: audit,
				queue: {
					type: "custom",
					image: images.redis,
					port: 6379,
					stateless: true,
					health: { command: ["true"] },
					url: "redis://{host}",
				},
				main: { ...(rest.main as object), database: "store" },
			};
			const text = await withSettings({}, async () => {
				await stack.configure("databases", settings);
				return refusal();
			});
			expect(text.split("\n").filter((line) => /^(\d| {2}\S)/.test(line))).toEqual([
				"3 problems in the settings of stack db-many; nothing was touched.",
				"  databases.audit: missing, but it runs as shop-db-many-db-audit, with its data in volume shop-db-many-db-audit-data. Allowed: as it was, under the same name.",
				"  databases.main.database: the data is in PostgreSQL's database shop; services would look for store, which is not there. Allowed: shop.",
				"  databases.queue.type: custom cannot take over the data of redis with its data in volume shop-db-many-db-queue-data. Allowed: redis; the new one under a name of its own.",
			]);
		});

		it("a port of the host that another program has", async () => {
			expect(await withSettings({ "databases.main.publishPort": String(stack.port) }, refusal)).toContain(
				`databases.main.publishPort: ${stack.port} is already the port of the proxy.`,
			);
		});

		/** As the refusal prints them. */
		function commandsTo(image: string): string[] {
			return upgradeCommands({
				database: "main",
				container: database("main"),
				volume: `${database("main")}-data`,
				owner: "shop",
				stack: "shop/db-many",
				image,
			});
		}
	});
});

/** What a server says first, after it was sent this. */
function firstAnswer(port: number, sent: string | Buffer): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, "127.0.0.1", () => socket.write(sent));
		socket.once("data", (data) => {
			resolve(data.toString("latin1"));
			socket.destroy();
		});
		socket.once("error", reject);
		socket.once("close", () => reject(new Error(`${port} closed without a word`)));
		socket.setTimeout(10_000, () => socket.destroy());
	});
}

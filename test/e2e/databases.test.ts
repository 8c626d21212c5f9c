import { rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upgradeCommands } from "../../components/plan/postgres-upgrade";
import { projectFolder } from "../../scripts/lib/environment";
import { engine, idsOf, inContainer } from "./support/docker";
import { assertSucceeded, freePort, TestStack } from "./support/stack";

/** Two PostgreSQL, two Redis, and a third PostgreSQL as any other image: on the real Engine, under a real shop. */
describe("the databases of a stack", () => {
	let stack: TestStack;
	let images: { postgres: string; redis: string };
	const ports = { audit: 0, queue: 0, documents: 0 };
	const tags: string[] = [];
	const dump = path.join(tmpdir(), `db-many-${process.pid}.sql`);

	beforeAll(async () => {
		stack = await TestStack.create("db-many");
		images = {
			postgres: await stack.get("databases.main.image"),
			redis: await stack.get("databases.cache.image"),
		};
		for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
		stack.configure("databases", {
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
		// With two of them, which one is migrated has to be said.
		await stack.set("migrations.database", "main");
		assertSucceeded(await stack.up());
	});
	afterAll(async () => {
		await stack?.dispose();
		rmSync(dump, { force: true });
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

	/** A command of Redis, from another container and with the password that services get. */
	async function redis(name: string, ...command: string[]): Promise<string> {
		const { databases } = (await stack.outputs()) as { databases: Record<string, { url: string }> };
		const { hostname, username, password } = new URL(databases[name]?.url ?? "");
		const login = ["-h", hostname, "--user", username, "-a", password, "--no-auth-warning"];
		return inContainer(database("cache"), "redis-cli", ...login, ...command);
	}

	/** A setting of a Redis server, which only its own user may ask for, whose password does not leave the container. */
	function setting(name: string, key: string): Promise<string> {
		const script = 'REDISCLI_AUTH="$(cat /run/secrets/redis-password)" exec redis-cli config get "$1"';
		return inContainer(database(name), "sh", "-c", script, "sh", key);
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
		return problemsIn(said);
	}

	/** With other settings for a while. */
	async function withSettings<T>(
		changes: Readonly<Record<string, string | null>>,
		then: () => Promise<T>,
	): Promise<T> {
		const before = stack.read("databases");
		try {
			for (const [setting, value] of Object.entries(changes))
				await (value === null ? stack.remove(setting) : stack.set(setting, value));
			return await then();
		} finally {
			stack.configure("databases", before);
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
		for (const name of ["cache", "queue"]) expect(await redis(name, "ping")).toBe("PONG\n");
	});

	it("are published on loopback only, where that is asked for, and answer there", async () => {
		const bindings = await Promise.all(
			["main", "audit", "cache", "queue", "documents"].map(async (name) => {
				const { HostConfig } = await engine.api.getContainer(database(name)).inspect();
				return [name, Object.values((HostConfig.PortBindings ?? {}) as object).flat()];
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
		expect(await setting("queue", "maxmemory")).toBe(`maxmemory\n${48 * 1_048_576}\n`);
		expect(await setting("queue", "maxmemory-policy")).toBe("maxmemory-policy\nnoeviction\n");
		expect(await setting("queue", "appendfsync")).toBe("appendfsync\nalways\n");
		expect(await setting("cache", "maxmemory")).toBe("maxmemory\n0\n");
		expect(await setting("cache", "appendonly")).toBe("appendonly\nyes\n");
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
			const { audit, queue, ...rest } = stack.read("databases");
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
				stack.configure("databases", settings);
				return refusal();
			});
			const lines = text.split("\n").filter((line) => /^(\d| {2}\S)/.test(line));
			expect(lines).toEqual([
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
	describe("a restart with other settings", () => {
		const rows = () => sql("main", "shop", "select string_agg(id || name, ',' order by id) from kept");

		beforeAll(async () => {
			await sql(
				"main",
				"shop",
				"create table kept (id int primary key, name text); insert into kept values (1, 'a'), (2, 'b')",
			);
		});

		it("is announced by the preview, keeps the rows, and is over in seconds", async () => {
			await stack.set("databases.main.parameters.work_mem", "8MB");
			expect(await stack.preview()).toContain("database main: parameters.work_mem 8MB (new). It restarts");
			const before = await ids();
			const up = await stack.up();
			assertSucceeded(up);
			expect(up.steps).toEqual([
				`update ${database("main")}-check`,
				`update ${stack.container("hold")}`,
				`delete-replaced ${database("main")}`,
				`replace ${database("main")}`,
				`create-replacement ${database("main")}`,
				`update ${database("main")}-ready`,
				`update ${database("main")}-logins`,
				`update ${stack.container("resume")}`,
			]);
			const after = await ids();
			expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([database("main")]);
			expect(await sql("main", "shop", "show work_mem")).toBe("8MB");
			expect(await rows()).toBe("1a,2b");
			const outageMs = await lastOutageMs(database("main"));
			console.info(`PostgreSQL was away for ${outageMs} ms`);
			expect(outageMs).toBeLessThan(60_000);
			expect(Object.keys((await stack.up()).changes)).toEqual(["same"]);
		});

		it("is not begun with parameters that the server refuses", async () => {
			const before = await ids();
			const main = { "databases.main.parameters.shred_buffers": "1GB" };
			const refused = await withSettings(main, () => stack.up());
			expect(refused.failed).toBe(true);
			expect(refused.text).toContain(`database main: ${images.postgres} refuses its parameters. It said:`);
			expect(refused.text).toContain('unrecognized configuration parameter "shred_buffers"');
			expect(flush(refused.text)).toContain(
				"Its container was not touched.\nNext: pulumi config rm --path databases.main.parameters.shred_buffers && pulumi up",
			);
			const cache = { "databases.cache.parameters.maxmemory-policy": "sometimes" };
			const again = await withSettings(cache, () => stack.up());
			expect(again.text).toContain(
				"Next: pulumi config rm --path databases.cache.parameters.maxmemory-policy && pulumi up",
			);
			expect(await ids()).toEqual(before);
			assertSucceeded(await stack.up());
		});

		it("is not begun on data of another major version, whatever the image is called", async () => {
			const before = await ids();
			const volume = `${database("main")}-older`;
			await engine.api.createVolume({ Name: volume, Labels: volumeLabels("main") });
			await shell(
				`docker run --rm --volume ${volume}:/old --entrypoint sh ${images.postgres} -c 'echo 13 > /old/PG_VERSION'`,
			);
			const { failed, text } = await withSettings({ "databases.main.volume": volume }, () => stack.up());
			expect(failed).toBe(true);
			expect(flush(text)).toMatch(
				new RegExp(
					`database main: ${images.postgres} is PostgreSQL 15\\S*, but volume ${volume} holds data of PostgreSQL 13, which it cannot read\\.\nIts container was not touched\\.\nNext, an image of PostgreSQL 13: .*\nOr the volume that it has: pulumi config set --path databases\\.main\\.volume ${database("main")}-data && pulumi up`,
				),
			);
			expect(await ids()).toEqual(before);
			assertSucceeded(await stack.up());
			expect(await rows()).toBe("1a,2b");
		});

		it("goes to another major version by the commands that the refusal prints, and back", async () => {
			const newer = images.postgres.replace(/:\d+.*$/, ":99");
			tags.push(newer);
			// There is one PostgreSQL here: the same under a name that says otherwise takes all the steps, but the format's.
			await shell(`docker tag ${images.postgres} ${newer}`);
			const text = await withSettings({ "databases.main.image": newer }, refusal);
			const commands = text.slice(text.indexOf("# or, the way")).split("\n").slice(1);
			for (const command of commands.filter((line) => !line.includes("pulumi up")))
				await shell(command.trim());
			assertSucceeded(await stack.up());
			expect(await sql("main", "shop", "select current_setting('data_directory')")).toBe(
				"/var/lib/postgresql/data",
			);
			expect(await rows()).toBe("1a,2b");
			const { Config, Mounts } = await engine.api.getContainer(database("main")).inspect();
			expect(Config.Labels["blue-green.settings"]).toContain(newer);
			expect(Mounts.map(({ Name }) => Name)).toEqual([`${database("main")}-data-new`]);
			expect((await fetch(`${stack.url}/health`)).status).toBe(200);
			// The old volume is still declared, protected and whole.
			await stack.remove("databases.main.volume");
			await stack.set("databases.main.image", images.postgres);
			assertSucceeded(await stack.up());
			expect(await rows()).toBe("1a,2b");
			expect(Object.keys((await stack.up()).changes)).toEqual(["same"]);
		});

		it("is over for good by the commands that the refusal prints; the volume stays", async () => {
			const { documents: _, ...rest } = stack.read("databases");
			stack.configure("databases", rest);
			const text = await refusal();
			const commands = text.slice(text.indexOf("# or, to do without")).split("\n").slice(1);
			expect(commands.pop()?.trim()).toBe("pulumi up --refresh");
			for (const command of commands) await shell(command.trim());
			assertSucceeded(await stack.refresh());
			const up = await stack.up();
			assertSucceeded(up);
			expect(up.steps.filter((step) => step.startsWith("delete")).sort()).toEqual([
				`delete ${database("documents")}-data`,
				`delete ${database("documents")}-image`,
				`delete ${database("documents")}-password`,
				`delete ${database("documents")}-ready`,
			]);
			expect(await ids()).not.toHaveProperty(database("documents"));
			expect((await engine.api.getVolume(`${database("documents")}-data`).inspect()).Name).toBeDefined();
			expect(Object.keys((await stack.up()).changes)).toEqual(["same"]);
		});

		const volumeLabels = (name: string) => ({
			"blue-green.stack": `shop/${stack.name}`,
			"blue-green.role": "database",
			"blue-green.database": name,
		});

		/** A line as a person types it, in a shell where `pulumi` is that of this stack. */
		async function shell(line: string): Promise<void> {
			const env = { ...stack.stack.workspace.envVars, PULUMI_STACK: stack.name };
			await execa("bash", ["-c", line.replace(/main\.sql/g, dump)], {
				env,
				cwd: projectFolder,
				timeout: 120_000,
			});
		}
	});
});

/** From the end of a container's process to the next one of that name that is healthy, by Docker's own record. */
async function lastOutageMs(name: string): Promise<number> {
	const until = Math.ceil(Date.now() / 1_000);
	const stream = await engine.api.getEvents({
		since: until - 300,
		until,
		filters: { container: [name], event: ["die", "health_status"] },
	});
	const events = (await text(stream))
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line) as { status: string; timeNano: number });
	const healthy = events.findLast(({ status }) => status === "health_status: healthy");
	const died = events.findLast(
		({ status, timeNano }) => status === "die" && timeNano < (healthy?.timeNano ?? 0),
	);
	return Math.round(((healthy?.timeNano ?? Number.NaN) - (died?.timeNano ?? Number.NaN)) / 1e6);
}

/** As Pulumi shows it, without what it indents it with. */
function flush(text: string): string {
	return text.replaceAll(/\n +/g, "\n");
}

/** The problems, without what Pulumi puts around them. */
function problemsIn(text: string): string {
	const lines = text.slice(text.search(/\d+ problems? in the settings/)).split("\n");
	const end = lines.findIndex((line, index) => index > 0 && !/^ {2,6}(?!pulumi:)\S/.test(line));
	return lines.slice(0, end).join("\n");
}

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

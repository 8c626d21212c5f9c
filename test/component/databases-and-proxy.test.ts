import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import {
	type Connection,
	type Deployed,
	ReverseProxy,
	SharedDatabases,
	type SharedDatabasesArgs,
} from "../../components";
import { REPLACEMENT } from "../../components/proxy/replacement";
import {
	CONTAINER,
	find,
	IMAGE,
	NETWORK,
	PASSWORD,
	type Registered,
	type Run,
	run,
	runStack,
	type Situation,
	VOLUME,
} from "./program";
import { SHOP } from "./shop";

const HOLD = "pulumi-nodejs:dynamic/blueGreen:Hold";
const READY = "pulumi-nodejs:dynamic/blueGreen:DatabaseReady";
const RESUME = "pulumi-nodejs:dynamic/blueGreen:Resume";

let shop: Run<Record<string, pulumi.Input<unknown>>>;
beforeAll(async () => {
	shop = await runStack(SHOP);
});

const LOGINS = "pulumi-nodejs:dynamic/blueGreen:DatabaseLogins";
const CHECK = "pulumi-nodejs:dynamic/blueGreen:DatabaseCheck";
const protectedNames = ({ resources }: Pick<Run<unknown>, "resources">): string[] =>
	resources
		.filter((one) => one.protect)
		.map(({ name }) => name)
		.sort();
const container = (name: string): Registered => find(shop.resources, CONTAINER, `shop-prod-${name}`);

describe("the databases", () => {
	test("keep their data, their backups and their passwords protected, and nothing else is", () => {
		expect(protectedNames(shop)).toEqual([
			"shop-prod-backups",
			"shop-prod-db-cache-data",
			"shop-prod-db-cache-password",
			"shop-prod-db-main-data",
			"shop-prod-db-main-password",
		]);
	});

	test("leave their data and their backups on the host, whatever becomes of the resource", () => {
		const retained = shop.resources.filter(({ retainOnDelete }) => retainOnDelete);
		expect(retained.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
			`${VOLUME} shop-prod-backups`,
			`${VOLUME} shop-prod-db-cache-data`,
			`${VOLUME} shop-prod-db-main-data`,
		]);
	});

	test("end before the next container begins: two servers on one volume destroy it", () => {
		for (const name of ["db-main", "db-cache"])
			expect(container(name)).toMatchObject({ deleteBeforeReplace: true, protect: false });
	});

	test("are tried, image and parameters, before their containers are touched", () => {
		for (const [name, type] of [
			["db-main", "postgres"],
			["db-cache", "redis"],
		] as const) {
			const check = find(shop.resources, CHECK, `shop-prod-${name}-check`);
			expect(check.inputs).toMatchObject({
				type,
				image: `sha256:of-shop-prod-${name}-image`,
				volume: `shop-prod-${name}-data`,
			});
			expect(check.secretInputs).toEqual([]);
			expect(container(name).dependencies).toContain(`${CHECK} shop-prod-${name}-check`);
		}
	});

	test("publish nothing, unless it is asked for, and then on loopback only", async () => {
		for (const name of ["db-main", "db-cache"]) expect(container(name).inputs).not.toHaveProperty("ports");
		const { main, cache } = SHOP.config.databases as { main: object; cache: object };
		const databases = { main: { ...main, publishPort: 5432 }, cache };
		const { resources } = await runStack({ ...SHOP, config: { ...SHOP.config, databases } });
		const { inputs } = find(resources, CONTAINER, "shop-prod-db-main");
		expect(inputs.ports).toEqual([{ internal: 5432, external: 5432, ip: "127.0.0.1" }]);
		expect(inputs.networksAdvanced).toEqual([{ name: "shop-prod-data" }, { name: "shop-prod-loopback" }]);
		expect(find(resources, NETWORK, "shop-prod-loopback").inputs).toMatchObject({
			options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
		});
		expect(find(resources, CONTAINER, "shop-prod-db-cache").inputs.networksAdvanced).toEqual([
			{ name: "shop-prod-data" },
		]);
	});

	test("tell by their labels what they were made with", () => {
		const { labels } = container("db-main").inputs as { labels: { label: string; value: string }[] };
		const of = (label: string) => labels.find((one) => one.label === label)?.value ?? "";
		expect(of("blue-green.database")).toBe("main");
		expect(JSON.parse(of("blue-green.settings"))).toEqual({
			type: "postgres",
			image: "postgres:17-alpine",
			database: "shop",
			volume: "shop-prod-db-main-data",
			parameters: {},
			resources: {},
			restart: "unless-stopped",
		});
		const volume = find(shop.resources, VOLUME, "shop-prod-db-main-data");
		expect(volume.inputs.labels).toContainEqual({ label: "blue-green.database", value: "main" });
	});

	test("are on a network that has no way out, and on no other", () => {
		expect(find(shop.resources, NETWORK, "shop-prod-data").inputs.internal).toBe(true);
		expect(find(shop.resources, NETWORK, "shop-prod-app").inputs.internal).toBe(false);
		for (const name of ["db-main", "db-cache"])
			expect(container(name).inputs.networksAdvanced).toEqual([{ name: "shop-prod-data" }]);
	});

	test("answer before anything of a color is made, and are replaced while requests wait at the proxy", () => {
		const path = { proxy: "shop-prod-proxy", prefix: "shop-prod", holdForMs: 30_000 };
		const hold = find(shop.resources, HOLD, "shop-prod-hold");
		expect(hold.inputs).toMatchObject({
			...path,
			databases: {
				main: {
					container: "shop-prod-db-main",
					imageId: "sha256:of-shop-prod-db-main-image",
					settings: expect.stringContaining('"image":"postgres:17-alpine"'),
				},
				cache: { container: "shop-prod-db-cache" },
			},
		});
		const resume = find(shop.resources, RESUME, "shop-prod-resume");
		expect(resume.inputs).toMatchObject(path);
		for (const name of ["db-main", "db-cache"]) {
			const { inputs, dependencies } = container(name);
			expect(inputs.healthcheck).toMatchObject({ interval: "2s", retries: 15 });
			expect(dependencies).toContain(`${HOLD} shop-prod-hold`);
			// The images are there and were tried before requests wait.
			expect(hold.dependencies).toContain(`${IMAGE} shop-prod-${name}-image`);
			const ready = find(shop.resources, READY, `shop-prod-${name}-ready`);
			expect(ready.inputs).toMatchObject({ container: `shop-prod-${name}`, deadlineMs: 120_000 });
			expect(ready.dependencies).toContain(`${CONTAINER} shop-prod-${name}`);
			expect(resume.dependencies).toContain(`${READY} shop-prod-${name}-ready`);
		}
		// What is in a component waits for all that the component waits for.
		const product = find(shop.resources, "blue-green:index:BlueGreen", "shop-prod");
		expect(product.dependencies).toContain(`${RESUME} shop-prod-resume`);
		expect(container("db-main").inputs.healthcheck).toMatchObject({
			tests: ["CMD", "pg_isready", "--host", "127.0.0.1", "--username", "shop", "--dbname", "shop"],
		});
	});

	test("keep their data in volumes, and get their passwords as files", () => {
		expect(container("db-main").inputs).toMatchObject({
			envs: [
				"POSTGRES_USER=shop",
				"POSTGRES_DB=shop",
				"POSTGRES_PASSWORD_FILE=/run/secrets/postgres-password",
				"PGDATA=/var/lib/postgresql/data",
			],
			uploads: [{ file: "/run/secrets/postgres-password", content: "hush-shop-prod-db-main-password" }],
			volumes: [{ volumeName: "shop-prod-db-main-data", containerPath: "/var/lib/postgresql/data" }],
		});
		expect(container("db-cache").inputs).toMatchObject({
			command: [
				"sh",
				"-c",
				expect.stringMatching(
					/exec docker-entrypoint\.sh redis-server \/usr\/local\/etc\/redis\/redis\.conf$/,
				),
			],
			uploads: [
				{
					file: "/usr/local/etc/redis/redis.conf",
					content: "dir /data\naclfile /data/users.acl\nappendonly yes\nmaxmemory-policy noeviction\n",
				},
				{ file: "/run/secrets/redis-password", content: "hush-shop-prod-db-cache-password" },
			],
			volumes: [{ volumeName: "shop-prod-db-cache-data", containerPath: "/data" }],
		});
	});

	test("have logins of their own, made when the database is well, with passwords that are secret", () => {
		const logins = (name: string) => find(shop.resources, LOGINS, `shop-prod-db-${name}-logins`);
		expect(logins("main")).toMatchObject({
			inputs: {
				type: "postgres",
				container: "shop-prod-db-main",
				containerId: "id-of-shop-prod-db-main",
				database: "shop",
				access: "owner",
				logins: ["shop_app"],
				passwords: {
					shop_app: "hush-shop-prod-db-main-shop_app-password",
					shop_migrator: "hush-shop-prod-db-main-shop_migrator-password",
				},
			},
			secretInputs: ["passwords"],
			protect: false,
		});
		expect(logins("main").dependencies).toContain(`${CONTAINER} shop-prod-db-main`);
		expect(logins("cache").inputs).toMatchObject({ type: "redis", logins: ["app"] });
		for (const name of ["main", "cache"])
			expect(container("blue-web-1").dependencies).toContain(`${LOGINS} shop-prod-db-${name}-logins`);
	});

	test("give their own password to nobody", () => {
		for (const { name, inputs } of shop.resources.filter(({ name }) => !/^shop-prod-db-\w+$/.test(name)))
			expect(JSON.stringify(inputs), name).not.toMatch(/hush-shop-prod-db-(main|cache)-password/);
	});

	test("are there before any color is begun", () => {
		const order = shop.resources.map(({ name }) => name);
		const product = find(shop.resources, "blue-green:index:BlueGreen", "shop-prod");
		for (const name of ["shop-prod-db-main", "shop-prod-db-cache"]) {
			expect(product.dependencies).toContain(`${CONTAINER} ${name}`);
			for (const color of ["blue", "green"])
				expect(order.indexOf(name)).toBeLessThan(order.indexOf(`shop-prod-${color}-web-1`));
		}
	});
});

describe("databases in a program of one's own", () => {
	const program = (args: Omit<SharedDatabasesArgs, "network">) => async () =>
		new SharedDatabases("mine", { network: "data", ...args });
	const DOCUMENTS = {
		type: "custom" as const,
		image: "mongo:8",
		port: 27_017,
		volumes: ["/data/db", "/data/configdb"],
		health: { command: ["mongosh", "ping"] },
		env: { MONGO_INITDB_ROOT_PASSWORD_FILE: "/run/secrets/password" },
		secrets: ["LICENSE"],
		url: "mongodb://root:{password}@{host}:{port}",
	};

	test("a custom one: folders on volumes, secrets as files, the password in its URL only", async () => {
		const { resources, outputs } = await run(
			program({ databases: { documents: DOCUMENTS }, secrets: { LICENSE: "hush-license" } }),
		);
		expect(find(resources, CONTAINER, "mine-db-documents")).toMatchObject({
			deleteBeforeReplace: true,
			inputs: {
				envs: ["MONGO_INITDB_ROOT_PASSWORD_FILE=/run/secrets/password", "LICENSE_FILE=/run/secrets/LICENSE"],
				uploads: [
					{ file: "/run/secrets/password", content: "hush-mine-db-documents-password" },
					{ file: "/run/secrets/LICENSE", content: "hush-license" },
				],
				volumes: [
					{ volumeName: "mine-db-documents-data", containerPath: "/data/db" },
					{ volumeName: "mine-db-documents-data-2", containerPath: "/data/configdb" },
				],
				healthcheck: { tests: ["CMD", "mongosh", "ping"] },
			},
		});
		expect(resources.filter(({ type }) => type === CHECK)).toEqual([]);
		expect(protectedNames({ resources })).toEqual([
			"mine-db-documents-data",
			"mine-db-documents-data-2",
			"mine-db-documents-password",
		]);
		const { variable, url } = outputs.connections.documents as Connection;
		expect(variable).toBe("DOCUMENTS_URL");
		expect(await pulumi.isSecret(url)).toBe(true);
		expect(await resolved(url)).toBe(
			"mongodb://root:hush-mine-db-documents-password@mine-db-documents:27017",
		);
	});

	test("volumes from before a restore stay declared and protected", async () => {
		const databaseVolumes = { main: ["mine-db-main-data", "restored"], other: ["elsewhere"] };
		const { resources } = await run(
			program({
				databases: { main: { type: "postgres", volume: "restored" } },
				deployed: { releases: {}, databaseVolumes },
			}),
		);
		const mounted = find(resources, CONTAINER, "mine-db-main").inputs.volumes;
		expect(mounted).toEqual([{ volumeName: "restored", containerPath: "/var/lib/postgresql/data" }]);
		expect(protectedNames({ resources })).toEqual(["mine-db-main-data", "mine-db-main-password", "restored"]);
	});

	test("say which will restart, and refuse what would lose data, as the stack does", async () => {
		const record = {
			type: "postgres",
			image: "postgres:17.4",
			database: "app",
			volume: "mine-db-main-data",
		} as const;
		const deployed = { releases: {}, databases: { main: record } };
		const { said } = await run(
			program({ databases: { main: { type: "postgres", image: "postgres:17.5" } }, deployed }),
		);
		expect(said.join()).toMatch(/^database main: image 17\.4 → 17\.5.*\. It restarts/);
		const { outputs } = await run(() =>
			program({ databases: { main: { type: "postgres", image: "postgres:18" } }, deployed })().then(
				() => "",
				(error: Error) => error.message,
			),
		);
		expect(outputs).toContain('"postgres:18" is PostgreSQL 18, which cannot read the data of PostgreSQL 17');
	});
});

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
	return new Promise((resolve) => void output.apply(resolve));
}

describe("the proxy", () => {
	const front = (deployed: Deployed | undefined, situation: Situation) =>
		run(async () => {
			new ReverseProxy("p", { network: "app", ...(deployed && { deployed }) });
			return {};
		}, situation);
	const SERVES: Deployed = { serving: "blue", releases: {} };
	const REPLACED: Situation = { preview: true, made: ["p-proxy"] };

	test("says in a preview that its container will be replaced, and how long nothing listens then", async () => {
		expect((await front(SERVES, REPLACED)).said).toEqual([expect.stringContaining(REPLACEMENT)]);
	});

	test.for([
		["it stays", SERVES, { preview: true }],
		["nothing serves yet", { releases: {} }, REPLACED],
		["nobody knows what serves", undefined, REPLACED],
		["it is being replaced, which the preview has told", SERVES, { ...REPLACED, preview: false }],
	] as const)("says nothing where %s", async ([, deployed, situation]) => {
		expect((await front(deployed, situation)).said).toEqual([]);
	});

	test("starts from the Caddyfile that the last cutover wrote, and keeps all its files in volumes", () => {
		expect(container("proxy").inputs).toMatchObject({
			networksAdvanced: [{ name: "shop-prod-app" }],
			volumes: [
				{ volumeName: "shop-prod-proxy-data", containerPath: "/data" },
				{ volumeName: "shop-prod-proxy-config", containerPath: "/config" },
				{ volumeName: "shop-prod-proxy-switch", containerPath: "/switch" },
			],
			uploads: [
				{
					file: "/etc/caddy/Caddyfile",
					content: expect.stringContaining("import /config/blue-green/Caddyfile*\n"),
				},
			],
		});
	});

	const withTls = async (tls: object, rest: object = {}) => {
		const config = { ...SHOP.config, proxy: { httpPort: 8088, httpsPort: 8443, tls, ...rest } };
		const { resources, outputs } = await runStack({ ...SHOP, config });
		return { inputs: find(resources, CONTAINER, "shop-prod-proxy").inputs, outputs, resources };
	};

	test("publishes HTTPS over TCP and UDP, and only with TLS", async () => {
		const ports = (inputs: Registered["inputs"]) => inputs.ports as object[];
		expect(ports(container("proxy").inputs)).toEqual([{ internal: 8088, external: 8088, ip: "127.0.0.1" }]);
		const { inputs } = await withTls({ mode: "internal" });
		expect(ports(inputs).slice(1)).toEqual([
			{ internal: 8443, external: 8443, ip: "127.0.0.1" },
			{ internal: 8443, external: 8443, ip: "127.0.0.1", protocol: "udp" },
		]);
	});

	test("is told of under a name that has a certificate, and asked at the address that the host reaches", async () => {
		const { outputs, resources } = await withTls(
			{ mode: "internal" },
			{ hosts: ["shop.example.com", "b.example.com"], bindAddress: "0.0.0.0" },
		);
		expect(outputs.url).toBe("https://shop.example.com:8443");
		expect(Object.keys(outputs)).toContain("rootCertificate");
		const { proxy } = find(resources, "pulumi-nodejs:dynamic/blueGreen:Cutover", "shop-prod-cutover").inputs;
		expect(proxy).toMatchObject({
			url: "https://127.0.0.1:8443",
			host: "shop.example.com",
			tls: {
				mode: "internal",
				names: ["shop.example.com", "b.example.com"],
				from: "the proxy's own authority",
			},
		});
		expect(Object.keys(shop.outputs)).not.toContain("rootCertificate");
	});

	test("has the folder of certificate files mounted read-only, and the key in no input of any resource", async () => {
		const folder = "/etc/letsencrypt";
		const { inputs, resources } = await withTls({
			mode: "files",
			folder,
			certificate: "c.pem",
			key: "k.pem",
		});
		expect(inputs.volumes).toContainEqual({
			hostPath: folder,
			containerPath: "/certificates",
			readOnly: true,
		});
		const cutover = find(resources, "pulumi-nodejs:dynamic/blueGreen:Cutover", "shop-prod-cutover").inputs;
		expect(cutover.caddyfile).toContain("{file./certificates/k.pem}");
		expect(cutover.proxy).toMatchObject({ url: "https://127.0.0.1:8443", tls: { mode: "files", names: [] } });
	});

	test("has the root of a private ACME directory mounted read-only", async () => {
		const { inputs } = await withTls(
			{
				mode: "acme",
				email: "admin@example.com",
				directory: "https://ca.example.com/dir",
				directoryRoot: "/etc/ssl/ca.pem",
			},
			{ hosts: ["shop.example.com"] },
		);
		expect(inputs.volumes).toContainEqual({
			hostPath: "/etc/ssl/ca.pem",
			containerPath: "/directory-root.pem",
			readOnly: true,
		});
	});

	test("has a random token for the preview, whose port is published on loopback only", async () => {
		const token = find(shop.resources, PASSWORD, "shop-prod-proxy-preview-token");
		expect(token.inputs).toMatchObject({ length: 48, special: false });
		const proxy = { bindAddress: "0.0.0.0", httpPort: 8088, preview: { port: 8081 } };
		const { resources } = await runStack({ ...SHOP, config: { ...SHOP.config, proxy } });
		expect(find(resources, CONTAINER, "shop-prod-proxy").inputs.ports).toEqual([
			{ internal: 8088, external: 8088, ip: "0.0.0.0" },
			{ internal: 8081, external: 8081, ip: "127.0.0.1" },
		]);
	});

	test("has neither where the preview is off", async () => {
		const proxy = { httpPort: 8088, preview: { enabled: false, port: 8081 } };
		const { resources, outputs } = await runStack({ ...SHOP, config: { ...SHOP.config, proxy } });
		expect(resources.map(({ name }) => name)).not.toContain("shop-prod-proxy-preview-token");
		expect(find(resources, CONTAINER, "shop-prod-proxy").inputs.ports).toHaveLength(1);
		expect(outputs).not.toHaveProperty("previewToken");
	});
});

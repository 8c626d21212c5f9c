import type * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { CONTAINER, find, NETWORK, PASSWORD, type Registered, type Run, runStack, VOLUME } from "./program";
import { SHOP } from "./shop";

let shop: Run<Record<string, pulumi.Input<unknown>>>;
beforeAll(async () => {
	shop = await runStack(SHOP);
});

const LOGINS = "pulumi-nodejs:dynamic/blueGreen:DatabaseLogins";
const all = (type: string): Registered[] => shop.resources.filter((one) => one.type === type);
const container = (name: string): Registered => find(shop.resources, CONTAINER, `shop-prod-${name}`);

describe("the databases", () => {
	const stateful = () =>
		[...all(PASSWORD), ...all(VOLUME), ...all(CONTAINER)]
			.filter(({ name }) => /-db-/.test(name))
			// Passwords of logins come and go with them.
			.filter(({ name }) => !/-(shop_app|shop_migrator|app)-password$/.test(name));

	test("are protected, with their data and their own passwords, and nothing else is", () => {
		expect(stateful()).toHaveLength(6);
		expect(
			shop.resources
				.filter((one) => one.protect)
				.map(({ urn }) => urn)
				.sort(),
		).toEqual(
			stateful()
				.map(({ urn }) => urn)
				.sort(),
		);
	});

	test("are on a network that has no way out, and on no other", () => {
		expect(find(shop.resources, NETWORK, "shop-prod-data").inputs.internal).toBe(true);
		expect(find(shop.resources, NETWORK, "shop-prod-app").inputs.internal).toBe(false);
		for (const name of ["db-main", "db-cache"])
			expect(container(name).inputs.networksAdvanced).toEqual([{ name: "shop-prod-data" }]);
	});

	test("are healthy before they count as made", () => {
		for (const name of ["db-main", "db-cache"]) {
			const { inputs } = container(name);
			expect(inputs).toMatchObject({ wait: true, waitTimeout: 120 });
			expect(inputs.healthcheck).toMatchObject({ interval: "2s", retries: 15 });
		}
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
					content: "dir /data\nappendonly yes\naclfile /data/users.acl\n",
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

describe("the proxy", () => {
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
});

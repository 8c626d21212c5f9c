import { expect, test } from "vitest";
import { CONTAINER, find, type Run, runStack } from "./program";
import { SHOP } from "./shop";

/** What the state says of a shop of which blue serves, released with the login that it names. */
const released = (login: string | undefined) => ({
	"urn:pulumi:prod::shop::blue-green:index:BlueGreen$pulumi-nodejs:dynamic/blueGreen:Cutover::shop-prod-cutover":
		{
			type: "pulumi-nodejs:dynamic/blueGreen:Cutover",
			outputs: {
				activeColor: "blue",
				releases: {
					blue: {
						version: "1.0.0",
						services: { web: service, worker: { ...service, databases: ["cache"] } },
						...(login && { logins: { main: login, cache: "app" } }),
					},
				},
			},
		},
});
const service = {
	image: "registry.example.com/shop-web:1.0.0",
	readiness: {},
	env: {},
	secrets: [],
	secretsAs: "file",
	resources: {},
	onlyWhenActive: false,
	stopGraceMs: 30_000,
	replicaCount: 1,
};

const withLogins = (logins: readonly string[]) => ({
	...SHOP.config,
	databases: { main: { type: "postgres", database: "shop", logins }, cache: { type: "redis" } },
});
const urlOf = ({ resources }: Run<unknown>, color: string) => {
	const { inputs } = find(resources, CONTAINER, `shop-prod-${color}-web-1`);
	const uploads = inputs.uploads as { file: string; content: string }[];
	return uploads.find(({ file }) => file === "/run/secrets/DATABASE_URL")?.content;
};

test("a new release gets the newest login; one that is kept keeps its own", async () => {
	const run = await runStack({ ...SHOP, config: withLogins(["app", "app2"]), state: released("app") });
	expect(urlOf(run, "green")).toMatch(/^postgres:\/\/shop_app2:hush-shop-prod-db-main-shop_app2-password@/);
	expect(urlOf(run, "blue")).toMatch(/^postgres:\/\/shop_app:hush-shop-prod-db-main-shop_app-password@/);
	const labels = find(run.resources, CONTAINER, "shop-prod-green-web-1").inputs.labels;
	expect(labels).toContainEqual({ label: "blue-green.logins", value: "cache=app,main=app2" });
	const { releases } = find(
		run.resources,
		"pulumi-nodejs:dynamic/blueGreen:Cutover",
		"shop-prod-cutover",
	).inputs;
	expect(releases).toMatchObject({
		blue: { logins: { main: "app", cache: "app" } },
		green: { logins: { main: "app2", cache: "app" } },
	});
});

test("a service is labelled with the logins of its own databases only", async () => {
	const run = await runStack(SHOP);
	const { labels } = find(run.resources, CONTAINER, "shop-prod-blue-worker-1").inputs;
	expect(labels).toContainEqual({ label: "blue-green.logins", value: "cache=app" });
});

test("a release from before there were logins gets the newest where a replica is added", async () => {
	const run = await runStack({ ...SHOP, state: released(undefined) });
	expect(urlOf(run, "blue")).toContain("//shop_app:");
});

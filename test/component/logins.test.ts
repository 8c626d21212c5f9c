import * as pulumi from "@pulumi/pulumi";
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

test("a login that a container of a color has is not removed, and the preview says why", async () => {
	const state = {
		...released("app"),
		[`urn:pulumi:prod::shop::${CONTAINER}::shop-prod-blue-web-1`]: {
			type: CONTAINER,
			outputs: {
				labels: [
					{ label: "blue-green.version", value: "1.0.0" },
					{ label: "blue-green.logins", value: "cache=app,main=app" },
				],
			},
		},
	};
	const running = runStack({ ...SHOP, config: withLogins(["app2"]), state, preview: true });
	const error: unknown = await running.catch((reason: unknown) => reason);
	expect(pulumi.RunError.isInstance(error) && error.message).toBe(
		`1 problem in the settings of stack prod; nothing was touched.
  databases.main.logins: login app is still that of blue 1.0.0, and would be dropped. Allowed: app among the logins, until no color has it.
      pulumi config set --path 'databases.main.logins[0]' app && pulumi config set --path 'databases.main.logins[1]' app2 && pulumi up
      pulumi config set activeColor green && pulumi up
      pulumi config set --path colors.blue.revision '<another>' && pulumi up`,
	);
});

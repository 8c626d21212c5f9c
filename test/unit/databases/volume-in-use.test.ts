import { afterEach, beforeEach, expect, test } from "vitest";
import { volumeProblems } from "../../../components/databases/volume-in-use";
import { renderProblems } from "../../../components/settings/problems";
import { databases as schema } from "../../../components/settings/schema";
import { FakeEngine } from "../runtime/support/fake-engine";

let fake: FakeEngine;
const { DOCKER_HOST } = process.env;
beforeEach(async () => {
	fake = await FakeEngine.start();
	process.env.DOCKER_HOST = `unix://${fake.socketPath}`;
	fake.containers.set("legacy-db", { status: "exited", volumes: ["legacy"] });
});
afterEach(async () => {
	if (DOCKER_HOST === undefined) delete process.env.DOCKER_HOST;
	else process.env.DOCKER_HOST = DOCKER_HOST;
	await fake.close();
});

const databases = schema.parse({ main: { type: "postgres", volume: "legacy" }, cache: { type: "redis" } });
const found = (deployed: Parameters<typeof volumeProblems>[1] = { releases: {} }) =>
	volumeProblems(databases, deployed, "shop-prod");

test("a volume that a container of somebody else has, running or not", async () => {
	expect(
		renderProblems(await found(), "prod"),
	).toBe(`1 problem in the settings of stack prod; nothing was touched.
  databases.main.volume: legacy is the volume of container legacy-db. Allowed: a volume that no other container has, running or not.
      pulumi config rm --path databases.main.volume`);
});

test("one that nobody else has, and one that the database has already", async () => {
	fake.containers.set("shop-prod-db-main", { volumes: ["legacy"] });
	const main = { type: "postgres", image: "postgres:17", volume: "legacy" } as const;
	expect(await found({ releases: {}, databases: { main } })).toEqual([]);
	fake.containers.delete("legacy-db");
	expect(await found()).toEqual([]);
});

test("nothing is said where Docker cannot be asked", async () => {
	process.env.DOCKER_HOST = "unix:///nowhere/docker.sock";
	expect(await found()).toEqual([]);
});

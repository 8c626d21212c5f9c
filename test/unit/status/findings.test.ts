import { describe, expect, test } from "vitest";
import { findings } from "../../../components/runtime/status/findings";
import { exitCodeOf, STATUS_EXIT, statusReport } from "../../../components/runtime/status/report";
import { readExport } from "../../../components/runtime/status/state";
import type { HostStatus, StateStatus, WantedStatus } from "../../../components/runtime/status/types";
import { container, NOW, replica, stateOf, wellHost } from "./support/stack";

const WANTED: WantedStatus = {
	activeColor: "green",
	versions: { blue: "1.0.0", green: "2.0.0" },
	maintenance: "off",
};

function found(host: HostStatus, state: StateStatus | undefined = stateOf(wellHost()), wanted = WANTED) {
	return findings(host, state, wanted, "shop-prod").map(({ kind, text }) => `${kind}: ${text}`);
}

/** The well host with one container changed; undefined: without it. */
function withContainer(
	name: string,
	change: Partial<HostStatus["containers"][number]> | undefined,
): HostStatus {
	const { containers } = wellHost();
	return wellHost({
		containers: containers.flatMap((one) => {
			if (one.name !== `shop-prod-${name}`) return [one];
			return change === undefined ? [] : [{ ...one, ...change }];
		}),
	});
}

describe("a look at a stack", () => {
	test("finds nothing where all is as the state says", () => {
		expect(found(wellHost())).toEqual([]);
	});

	test("finds that nothing is there", () => {
		const nothing = { atMs: NOW, containers: [], networks: [], switches: [] };
		const state = { resources: {}, targets: [], pending: [] };
		expect(found(nothing, state)).toEqual(["note: Nothing is deployed yet."]);
	});

	test.for<[string, HostStatus, string]>([
		[
			"a proxy that is gone",
			withContainer("proxy", undefined),
			"ill: There is no proxy shop-prod-proxy: nothing is served.",
		],
		[
			"a proxy that does not run",
			withContainer("proxy", { status: "exited", exitCode: 137, outOfMemory: true }),
			"ill: The proxy shop-prod-proxy does not run (exited, exit code 137, out of memory): nothing is served.",
		],
		[
			"an admin API that is silent",
			wellHost({ proxy: { problem: "connection refused" } }),
			"ill: Caddy's admin API does not answer: connection refused",
		],
		[
			"another configuration in force",
			wellHost({ proxy: { runsItsCaddyfile: false } }),
			"drift: Caddy runs another configuration than its Caddyfile.",
		],
		[
			"another Caddyfile",
			wellHost({ caddyfile: "another" }),
			"drift: The proxy's Caddyfile is not that of the state.",
		],
		[
			"a replica that does not run",
			withContainer("blue-web-1", { status: "exited", exitCode: 1 }),
			"ill: shop-prod-blue-web-1 does not run: exited, exit code 1.",
		],
		[
			"a database that starts again and again",
			withContainer("db-main", { status: "restarting", exitCode: 1 }),
			"ill: shop-prod-db-main does not run: restarting, exit code 1.",
		],
		[
			"a replica that is unhealthy",
			withContainer("green-web-1", { health: "unhealthy" }),
			"ill: shop-prod-green-web-1 is unhealthy by its own check.",
		],
		[
			"a replica that is not ready",
			withContainer("green-web-1", { readiness: { ready: false, seen: "GET /health answered 503" } }),
			"ill: shop-prod-green-web-1 is not ready: GET /health answered 503",
		],
		[
			"a replica that was started again",
			withContainer("green-web-1", { restarts: 2 }),
			"note: shop-prod-green-web-1 was started again by Docker 2 times.",
		],
		[
			"a color without containers that has traffic",
			withContainer("green-web-1", undefined),
			"ill: green has traffic, and none of its containers runs: visitors get errors.",
		],
		[
			"a container that is gone",
			withContainer("blue-web-1", undefined),
			"drift: The state has shop-prod-blue-web-1, the Docker host does not.",
		],
		[
			"a container that is another one",
			withContainer("blue-web-1", { id: "another" }),
			"drift: shop-prod-blue-web-1 is another container than the one that the state knows.",
		],
		[
			"a container that the state does not know",
			wellHost({ containers: [...wellHost().containers, container("blue-web-2")] }),
			"drift: shop-prod-blue-web-2 is here, and the state does not know it.",
		],
		[
			"traffic that was moved by hand",
			wellHost({ switchValue: "0" }),
			"drift: The proxy does something else than the state says: blue gets all; by the state, green gets all.",
		],
		[
			"maintenance that was begun by hand",
			wellHost({ switchValue: "g-maintenance" }),
			"drift: The proxy does something else than the state says: green gets all, behind the maintenance page; by the state, green gets all.",
		],
		[
			"a trial that the state does not know",
			wellHost({ switchValue: "c000-to-blue-x1" }),
			"drift: The proxy does something else than the state says: blue gets 25 % on trial, green the rest; by the state, green gets all.",
		],
		[
			"requests that wait",
			wellHost({ switchValue: `g-held-until-${NOW / 1_000 + 30}` }),
			"note: Requests wait at the proxy, until 2026-11-21T12:00:30.000Z at most.",
		],
		[
			"containers of a release that failed",
			withContainer("blue-web-1", { labels: replica("blue", "2.1.0").labels }),
			"drift: blue has containers of 2.1.0, and 1.0.0 was released last: an `up` failed or was interrupted, or still runs.",
		],
		[
			"a schema that cannot be read",
			wellHost({ schemaProblem: "no such table" }),
			"note: The schema's version could not be read: no such table",
		],
	])("finds %s", ([, host, text]) => {
		expect(found(host)).toContain(text);
	});

	test("finds a first release that has not come to its end", () => {
		const { switchValue: _, releases: __, ...begun } = wellHost();
		const { cutover: ___, ...state } = stateOf(wellHost());
		expect(
			findings(begun, state, undefined, "shop-prod").map(({ kind, text }) => `${kind}: ${text}`),
		).toEqual(["ill: Nobody serves: the first release failed or was interrupted, or still runs."]);
	});

	test("finds nothing in a hold that is over", () => {
		expect(found(wellHost({ switchValue: `g-held-until-${NOW / 1_000 - 30}` }))).toEqual([]);
	});

	test("finds a trial that is paused, as the state says, and what to do", () => {
		const host = wellHost({ switchValue: "c000-to-blue-x1" });
		const onTrial = { to: "blue", share: 25, paused: true } as const;
		const state = stateOf(host, { activeColor: "shared", onTrial });
		expect(findings(host, state, { ...WANTED, activeColor: "blue" }, "shop-prod")).toEqual([
			{
				kind: "note",
				text: "blue has 25 % of the traffic. Unless an `up` runs, nobody watches it.",
				next: "npm run promote, or npm run abort",
			},
		]);
	});

	test("finds an `up` that runs or was interrupted, and leaves out what it has not brought about yet", () => {
		const state = stateOf(wellHost(), {}, ["creating shop-prod-blue-web-1"]);
		expect(found(wellHost(), state, { ...WANTED, activeColor: "blue" })).toEqual([
			"drift: An `up` runs, or was interrupted while creating shop-prod-blue-web-1.",
		]);
	});

	test("finds a state that knows nothing, without a line for each container", () => {
		expect(found(wellHost(), { resources: {}, targets: [], pending: [] })).toEqual([
			"drift: The state knows nothing of this stack, of which 4 containers are here.",
		]);
	});

	test("notes what the settings want otherwise", () => {
		const wanted: WantedStatus = { activeColor: "blue", versions: { blue: "2.1.0" }, maintenance: "on" };
		expect(found(wellHost(), stateOf(wellHost()), wanted)).toEqual([
			"note: The settings want blue to be active.",
			"note: The settings want maintenance on.",
			"note: The settings want blue to be 2.1.0; released is 1.0.0.",
		]);
	});

	test("tells what is ill first", () => {
		const host = wellHost({
			switchValue: "0-maintenance",
			containers: [
				container("proxy", { status: "exited" }),
				replica("blue", "1.0.0"),
				replica("green", "2.0.0"),
			],
		});
		const kinds = findings(host, stateOf(wellHost()), WANTED, "shop-prod").map(({ kind }) => kind);
		expect(kinds).toEqual(
			[...kinds].sort((a, b) => ["ill", "drift", "note"].indexOf(a) - ["ill", "drift", "note"].indexOf(b)),
		);
		expect(new Set(kinds)).toEqual(new Set(["ill", "drift", "note"]));
	});
});

describe("the exit code", () => {
	const of = (host: HostStatus | undefined, state: StateStatus | undefined) =>
		exitCodeOf(
			statusReport(
				{ stack: "shop/prod", prefix: "shop-prod" },
				host ? { value: host } : { problem: "no Docker" },
				state ? { value: state } : { problem: "no state" },
				WANTED,
			),
		);
	test.for([
		["all is well", wellHost(), stateOf(wellHost()), STATUS_EXIT.well],
		["there are only notes", wellHost({ schemaProblem: "?" }), stateOf(wellHost()), STATUS_EXIT.well],
		[
			"something is ill",
			wellHost({ proxy: { problem: "?" } }),
			stateOf(wellHost()),
			STATUS_EXIT.illOrDrifted,
		],
		[
			"something is ill, and there is no state",
			wellHost({ proxy: { problem: "?" } }),
			undefined,
			STATUS_EXIT.illOrDrifted,
		],
		["something has drifted", wellHost({ switchValue: "0" }), stateOf(wellHost()), STATUS_EXIT.illOrDrifted],
		["there is no state", wellHost(), undefined, STATUS_EXIT.unknown],
		["there is no Docker", undefined, stateOf(wellHost()), STATUS_EXIT.unknown],
	] as const)("where %s", ([, host, state, code]) => {
		expect(of(host, state)).toBe(code);
	});
});

describe("what `pulumi stack export` prints", () => {
	test("is read for resources, the stack's own cutover, and what has not ended", () => {
		const type = "pulumi-nodejs:dynamic/blueGreen:Cutover";
		const text = JSON.stringify({
			version: 3,
			deployment: {
				resources: [
					{ urn: "urn:pulumi:prod::shop::t::shop-prod-cutover", type, outputs: { activeColor: "green" } },
					{
						urn: "urn:pulumi:prod::shop::t::shop-prod-health-gate",
						type: "pulumi-nodejs:dynamic/blueGreen:HealthGate",
						outputs: {
							colors: { blue: { targets: [{ container: "b" }] }, green: { targets: [{ container: "g" }] } },
						},
					},
					{ urn: "urn:pulumi:prod::shop::t::other-cutover", type, outputs: { activeColor: "blue" } },
					{ urn: "urn:pulumi:prod::shop::t::shop-prod", type: "pulumi:pulumi:Stack" },
				],
				pending_operations: [
					{ type: "creating", resource: { urn: "urn:pulumi:prod::shop::t::shop-prod-blue-web-1" } },
				],
			},
		});
		const { cutover, pending, resources, targets } = readExport(text, "shop-prod");
		expect(cutover).toEqual({ activeColor: "green" });
		expect(pending).toEqual(["creating shop-prod-blue-web-1"]);
		expect(Object.keys(resources)).toHaveLength(4);
		expect(targets).toEqual([{ container: "b" }, { container: "g" }]);
	});

	test("of a stack without anything is nothing", () => {
		expect(readExport('{"version":3}', "shop-prod")).toEqual({
			resources: {},
			targets: [],
			pending: [],
		});
	});
});

import { describe, expect, test } from "vitest";
import {
	CONTAINER_TYPE,
	CUTOVER_TYPE,
	deployedIn,
	deployedOn,
	type HostObservation,
	publishedIn,
} from "../../../components/plan/deployed";

const BLUE = { version: "1.0.0", services: {} };

/** A state with the cutovers of several blue-green products, by prefix. */
function state(cutovers: Record<string, object>) {
	return Object.fromEntries(
		Object.entries(cutovers).map(([prefix, outputs]) => [
			`urn:pulumi:prod::shop::blue-green:index:BlueGreen$${CUTOVER_TYPE}::${prefix}-cutover`,
			{ type: CUTOVER_TYPE, outputs: outputs as Record<string, unknown> },
		]),
	);
}

describe("what is deployed", () => {
	test("is nothing in an empty state", () => {
		expect(deployedIn({}, "shop-prod")).toEqual({ releases: {} });
	});

	test("is what the cutover's outputs say", () => {
		const resources = state({ "shop-prod": { activeColor: "blue", releases: { blue: BLUE } } });
		expect(deployedIn(resources, "shop-prod")).toEqual({ serving: "blue", releases: { blue: BLUE } });
	});

	test("is what the outputs of this product's own cutover say, where a stack holds several", () => {
		const resources = state({
			"shop-prod": { activeColor: "blue", releases: { blue: BLUE } },
			"other-shop-prod": { activeColor: "green", releases: {} },
		});
		expect(deployedIn(resources, "other-shop-prod")).toEqual({ serving: "green", releases: {} });
		expect(deployedIn(resources, "prod")).toEqual({ releases: {} });
	});

	test.for(["none", "shared", undefined])("has no serving color where the outputs say %j", (activeColor) => {
		const deployed = deployedIn(state({ p: { activeColor, releases: { blue: BLUE } } }), "p");
		expect(deployed).toEqual({ releases: { blue: BLUE } });
	});
});

describe("a color is unfinished", () => {
	const deployed = (color: string, version: string, revision?: string, release: object = BLUE) =>
		deployedIn(
			{
				...state({ p: { activeColor: "green", releases: { blue: release } } }),
				[`urn:pulumi:prod::shop::docker:index/container:Container::p-${color}-web-1`]: {
					type: "docker:index/container:Container",
					outputs: {
						labels: [
							{ label: "blue-green.version", value: version },
							...(revision === undefined ? [] : [{ label: "blue-green.revision", value: revision }]),
						],
					},
				},
			},
			"p",
		).unfinished;

	test("not while its containers are of its release", () => {
		expect(deployed("blue", "1.0.0")).toBeUndefined();
		expect(deployed("blue", "1.0.0", "2", { ...BLUE, revision: "2" })).toBeUndefined();
	});

	test("when a release of it has failed: its containers are new, its record is not", () => {
		expect(deployed("blue", "1.0.1")).toEqual(["blue"]);
		expect(deployed("blue", "1.0.0", "2")).toEqual(["blue"]);
		expect(deployed("blue", "1.0.0", undefined, { ...BLUE, revision: "2" })).toEqual(["blue"]);
	});

	test("when its very first release has failed", () => {
		expect(deployed("green", "2.0.0")).toEqual(["green"]);
	});

	test("not because of another product's containers", () => {
		expect(deployed("q-blue", "1.0.1")).toBeUndefined();
	});
});

test("addresses that the stack publishes are those of its containers", () => {
	const type = "docker:index/container:Container";
	expect(
		publishedIn({
			"urn:proxy": { type, outputs: { ports: [{ ip: "127.0.0.1", external: 8080, internal: 8080 }] } },
			"urn:other": { type, outputs: { ports: [{ external: 9000 }] } },
			"urn:web": { type, outputs: {} },
			"urn:image": { type: "docker:index/remoteImage:RemoteImage", outputs: { ports: [{ external: 1 }] } },
		}),
	).toEqual(["127.0.0.1:8080", "0.0.0.0:9000"]);
});

describe("what a Docker host shows to be deployed", () => {
	const PROXY = { name: "p-proxy", labels: { "blue-green.role": "proxy" }, published: ["127.0.0.1:8080"] };
	const replica = (
		color: string,
		version: string,
		revision?: string,
	): HostObservation["containers"][number] => ({
		name: `p-${color}-web-1`,
		labels: {
			"blue-green.color": color,
			"blue-green.version": version,
			...(revision !== undefined && { "blue-green.revision": revision }),
		},
		published: [],
	});
	const GREEN = { version: "2.0.0", revision: "3", services: {} };
	const host = (changes: Partial<HostObservation> = {}): HostObservation => ({
		containers: [PROXY, replica("blue", "1.0.0"), replica("green", "2.0.0", "3")],
		volumes: [],
		switchValue: "0",
		releases: { blue: BLUE, green: GREEN },
		...changes,
	});

	test.for([
		["0", { serving: "blue", servingRelease: { version: "1.0.0" } }],
		["", { serving: "blue", servingRelease: { version: "1.0.0" } }],
		["g", { serving: "green", servingRelease: { version: "2.0.0", revision: "3" } }],
		["80", {}],
		["0-maintenance", { serving: "blue", maintenance: "on", servingRelease: { version: "1.0.0" } }],
	] as const)("serves by the switch value %j as %j", ([switchValue, serving]) => {
		const { deployed } = deployedOn(host({ switchValue }), "p");
		const present = { blue: ["1.0.0"], green: ["2.0.0"] };
		expect(deployed).toEqual({ ...serving, releases: { blue: BLUE, green: GREEN }, present });
	});

	test.for([
		["another version", [replica("blue", "1.0.1"), replica("green", "2.0.0", "3")], ["blue"]],
		["another revision", [replica("blue", "1.0.0"), replica("green", "2.0.0", "4")], ["green"]],
		["no revision", [replica("blue", "1.0.0"), replica("green", "2.0.0")], ["green"]],
		["a revision that was not released", [replica("blue", "1.0.0", "1")], ["blue"]],
		["only one replica of another version", [replica("blue", "1.0.0"), replica("blue", "1.0.1")], ["blue"]],
		["other versions in both colors", [replica("blue", "9"), replica("green", "9", "3")], ["blue", "green"]],
	] as const)("is unfinished with %s", ([, containers, unfinished]) => {
		expect(deployedOn(host({ containers: [PROXY, ...containers] }), "p").deployed.unfinished).toEqual(
			unfinished,
		);
	});

	describe("that is on trial", () => {
		const switchValue = "4000-to-green-0123456789abcdef0123456789abcdef";
		const seen = (changes: Partial<HostObservation> = {}) =>
			deployedOn(host({ switchValue, ...changes }), "p").deployed;

		test("has no serving color, but one with a share", () => {
			expect(seen()).toMatchObject({ trial: { to: "green", percent: 25 } });
			expect(seen()).not.toHaveProperty("serving");
			expect(seen().trial).not.toHaveProperty("paused");
		});

		test("is paused where the last good `up` left that very share so", () => {
			const trial = { to: "green", share: 25, paused: true } as const;
			expect(seen({ trial }).trial).toEqual({ to: "green", percent: 25, paused: true });
			expect(seen({ trial: { ...trial, share: 5 } }).trial).toEqual({ to: "green", percent: 25 });
			expect(seen({ trial: { ...trial, to: "blue" } }).trial).toEqual({ to: "green", percent: 25 });
		});

		test("is over when the switch file says so, whatever was left", () => {
			const trial = { to: "green", share: 25, paused: true } as const;
			for (const value of ["g", "0", "80"])
				expect(seen({ switchValue: value, trial })).not.toHaveProperty("trial");
		});

		test("is known by the state, too", () => {
			const onTrial = { to: "green", share: 25, paused: true, since: "2026-11-21T10:00:00.000Z" };
			const served = { blue: { version: "1.0.0", since: "2026-11-20T10:00:00.000Z" } };
			const outputs = { activeColor: "shared", releases: { blue: BLUE }, onTrial, served };
			expect(deployedIn(state({ p: outputs }), "p")).toEqual({
				trial: { to: "green", percent: 25, paused: true },
				served,
				releases: { blue: BLUE },
			});
			expect(seen({ served })).toMatchObject({ served });
		});
	});

	test("is unfinished where a color has containers, and no record", () => {
		expect(deployedOn(host({ releases: { blue: BLUE } }), "p").deployed).toEqual({
			serving: "blue",
			releases: { blue: BLUE },
			unfinished: ["green"],
			servingRelease: { version: "1.0.0" },
			present: { blue: ["1.0.0"], green: ["2.0.0"] },
		});
	});

	test("says nothing of what serves where its containers differ", () => {
		const containers = [PROXY, replica("blue", "1.0.0"), replica("blue", "1.0.1")];
		expect(deployedOn(host({ containers }), "p").deployed).not.toHaveProperty("servingRelease");
	});

	test("shows each version that a color has containers of, once", () => {
		const containers = [PROXY, replica("blue", "1.0.1"), replica("blue", "1.0.0"), replica("blue", "1.0.1")];
		expect(deployedOn(host({ containers }), "p").deployed.present).toEqual({ blue: ["1.0.0", "1.0.1"] });
	});

	test("leaves out another product of the same stack", () => {
		const other = { ...replica("blue", "7.0.0"), name: "q-blue-web-1" };
		const containers = [PROXY, replica("blue", "1.0.0"), other];
		const { deployed } = deployedOn(host({ containers }), "p");
		expect(deployed).not.toHaveProperty("unfinished");
		expect(deployed.servingRelease).toEqual({ version: "1.0.0" });
	});

	test("is not unfinished because a standby has no containers any more", () => {
		const containers = [PROXY, replica("blue", "1.0.0")];
		expect(deployedOn(host({ containers }), "p").deployed).not.toHaveProperty("unfinished");
	});

	test("names all addresses that its containers publish", () => {
		const second = { name: "p-other", labels: {}, published: ["0.0.0.0:81", ":::81"] };
		const { published } = deployedOn(host({ containers: [PROXY, replica("blue", "1.0.0"), second] }), "p");
		expect(published).toEqual(["127.0.0.1:8080", "0.0.0.0:81", ":::81"]);
	});
});

describe("the databases that are deployed", () => {
	const RECORD = { type: "postgres", image: "postgres:17.4", volume: "p-db-main-data" };
	const containerLabels = { "blue-green.database": "main", "blue-green.settings": JSON.stringify(RECORD) };
	const volumeLabels = { "blue-green.database": "main" };
	const FOUND = { databases: { main: RECORD }, databaseVolumes: { main: ["p-db-main-data", "restored"] } };

	test("are told by the labels of containers and volumes on the host", () => {
		const containers = [{ name: "p-db-main", labels: containerLabels, published: [] }];
		const volumes = ["restored", "p-db-main-data"].map((name) => ({ name, labels: volumeLabels }));
		expect(deployedOn({ containers, volumes, switchValue: "0", releases: {} }, "p").deployed).toMatchObject(
			FOUND,
		);
	});

	test("and in the state, before the first release too", () => {
		const pairs = (labels: Record<string, string>) =>
			Object.entries(labels).map(([label, value]) => ({ label, value }));
		const volume = (name: string) => [
			`urn:pulumi:prod::p::blue-green:index:SharedDatabases$docker:index/volume:Volume::${name}`,
			{ type: "docker:index/volume:Volume", outputs: { labels: pairs(volumeLabels) } },
		];
		const resources = Object.fromEntries([
			[
				"urn:pulumi:prod::p::blue-green:index:SharedDatabases$docker:index/container:Container::p-db-main",
				{ type: CONTAINER_TYPE, outputs: { labels: pairs(containerLabels) } },
			],
			volume("restored"),
			volume("p-db-main-data"),
		]);
		expect(deployedIn(resources, "p")).toEqual({ releases: {}, ...FOUND });
	});
});

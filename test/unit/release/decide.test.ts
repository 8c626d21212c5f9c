import { expect, test } from "vitest";
import { decideRelease, decideRollback, type Seen } from "../../../scripts/release/decide";

const release = (version: string) => ({ version, services: {} });
const served = (version: string) => ({ version, since: "2026-01-01T00:00:00.000Z" });

function seen({
	serving = "blue",
	trial,
	...over
}: Partial<Seen["settings"]> & Partial<NonNullable<Seen["traffic"]>> = {}): Seen {
	return {
		settings: {
			activeColor: "blue",
			colors: { blue: { version: "1.4.0", images: {} }, green: { version: "1.3.0", images: {} } },
			services: { web: {} } as unknown as Seen["settings"]["services"],
			strategy: {},
			...over,
		},
		traffic: { serving, maintenance: "off", ...(trial && { trial }) },
		deployed: {
			releases: { blue: release("1.4.0"), green: release("1.3.0") },
			served: { blue: served("1.4.0"), green: served("1.3.0") },
		},
	};
}
const wanted = { version: "1.5.0", images: {} };

test("a release goes to the color that does not serve, whatever the settings wish", () => {
	const { from, to, commands } = decideRelease(wanted, seen({ activeColor: "green" }));
	expect([from, to]).toEqual(["blue", "green"]);
	expect(commands).toEqual([
		["config", "set", "--path", "colors.green.version", "1.5.0"],
		["config", "set", "activeColor", "green"],
	]);
});

test("the first release goes to the color of the settings", () => {
	const first: Seen = { ...seen(), traffic: undefined, deployed: { releases: {} } };
	expect(decideRelease(wanted, first)).toMatchObject({ from: undefined, to: "blue" });
});

test("a revision and images are set, and those of another release are not left behind", () => {
	const colors = {
		blue: { version: "1.4.0", images: {} },
		green: { version: "1.3.0", revision: "2", images: { web: "shop:old" } },
	};
	expect(() => decideRelease(wanted, seen({ colors }))).toThrow(/web: shop:old[\s\S]*--service web=<image>/);
	const { commands } = decideRelease({ ...wanted, images: { web: "shop:new" } }, seen({ colors }));
	expect(commands.slice(1, 3)).toEqual([
		["config", "rm", "--path", "colors.green.revision"],
		["config", "set", "--path", "colors.green.images.web", "shop:new"],
	]);
});

test("a pause that was passed for this version counts no more", () => {
	const strategy = { promoted: "1.5.0@25" };
	const { commands } = decideRelease(wanted, seen({ strategy }));
	expect(commands).toContainEqual(["config", "rm", "--path", "strategy.promoted"]);
});

test.each([
	["what serves already", { ...wanted, version: "1.4.0" }, seen(), /blue 1\.4\.0 serves already/],
	["a service that is not there", { ...wanted, images: { api: "x" } }, seen(), /no service api.*web/],
	[
		"a trial",
		wanted,
		seen({ serving: "shared", trial: { to: "green", percent: 25 } }),
		/25 %[\s\S]*npm run promote, or npm run abort/,
	],
	["traffic shared by hand", wanted, seen({ serving: "shared" }), /by hand/],
])("no release: %s", (_, what, world, reason) => {
	expect(() => decideRelease(what, world)).toThrow(reason);
});

test("a rollback goes to what served before", () => {
	expect(decideRollback("1.3.0", seen())).toMatchObject({
		from: "blue",
		to: "green",
		release: "1.3.0",
		commands: [["config", "set", "activeColor", "green"]],
	});
});

test.each([
	[
		"there is none",
		undefined,
		{ ...seen(), deployed: { releases: { blue: release("1.4.0") } } },
		/green has no release/,
	],
	["another version", "1.0.0", seen(), /green 1\.3\.0, not 1\.0\.0/],
	[
		"never served",
		undefined,
		{ ...seen(), deployed: { ...seen().deployed, served: {} } },
		/never had all traffic/,
	],
	[
		"other settings",
		undefined,
		seen({ colors: { blue: { images: {} }, green: { version: "2.0.0", images: {} } } }),
		/ran 1\.3\.0, but its settings say 2\.0\.0/,
	],
	["nothing serves", undefined, { ...seen(), traffic: undefined }, /Nothing serves/],
	["a trial", undefined, seen({ serving: "shared", trial: { to: "green", percent: 5 } }), /npm run abort/],
])("no rollback: %s", (_, to, world, reason) => {
	expect(() => decideRollback(to, world as Seen)).toThrow(reason);
});

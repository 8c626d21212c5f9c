import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { unpinned } from "../../../policy/rules/image";
import { isSwitch, type ReleaseSeen, releasesOf, type StackResource } from "../../../policy/rules/release";
import { checksMissing, databaseChangeWithSwitch } from "../../../policy/rules/switch";
import { outsideWindow, type Window } from "../../../policy/rules/window";

const release: ReleaseSeen = {
	servedBefore: "blue",
	active: "green",
	forward: true,
	ownChecks: 1,
	databaseChanges: {},
};

/** The resources of a recorded preview that change in it, as the CLI shows them to a pack. */
function recorded(name: string): StackResource[] {
	const file = path.resolve(__dirname, "../../fixtures/previews", `${name}.json`);
	const { steps } = JSON.parse(readFileSync(file, "utf8")) as {
		steps: { newState?: { type: string; urn: string; inputs?: Record<string, unknown> } }[];
	};
	return steps.flatMap(({ newState }) => {
		if (newState === undefined) return [];
		const { type, urn, inputs = {} } = newState;
		return { type, name: urn.slice(urn.lastIndexOf("::") + 2), props: inputs };
	});
}

describe("the release that a stack's resources tell", () => {
	const component = { type: "blue-green:index:BlueGreen", name: "shop", props: { servedBefore: "blue" } };
	const cutover = (props: object) => ({
		type: "pulumi-nodejs:dynamic/blueGreen:Cutover",
		name: "shop-cutover",
		props: { active: "green", forward: true, ownChecks: [{ path: "/" }], ...props },
	});

	it("is read from the component, the cutover and the hold", () => {
		const hold = {
			type: "pulumi-nodejs:dynamic/blueGreen:Hold",
			name: "shop-hold",
			props: { databases: { main: { why: "image postgres:16" }, cache: { why: "" } } },
		};
		expect(releasesOf([component, cutover({}), hold])).toEqual([
			{ ...release, databaseChanges: { main: "image postgres:16" } },
		]);
	});

	it("is none in a stack without one, and with a color that is not known yet", () => {
		expect(releasesOf([])).toEqual([]);
		expect(releasesOf([component, cutover({ active: undefined })])).toEqual([]);
	});

	it("is one of two, each with its own cutover", () => {
		const other = [
			{ ...component, name: "blog", props: { servedBefore: "green" } },
			{ ...cutover({}), name: "blog-cutover" },
		];
		expect(releasesOf([component, cutover({}), ...other]).map(isSwitch)).toEqual([true, false]);
	});

	it("is read from recorded previews of a release and of a database's update", () => {
		const resources = [...recorded("release"), ...recorded("database-update")];
		expect(releasesOf([{ ...component, name: "shop-prod" }, ...resources])).toEqual([
			{ ...release, ownChecks: 0, databaseChanges: { main: "parameters.work_mem 8MB (new)" } },
		]);
	});

	it("is a switch where another color served, or both", () => {
		expect(isSwitch(release)).toBe(true);
		expect(isSwitch({ ...release, servedBefore: "shared" })).toBe(true);
		expect(isSwitch({ ...release, servedBefore: "green" })).toBe(false);
		const { servedBefore: _, ...first } = release;
		expect(isSwitch(first)).toBe(false);
	});
});

describe("no database change with a switch", () => {
	const databaseChanges = { main: "parameters.work_mem 8MB (new)" };

	it("allows either alone", () => {
		expect(databaseChangeWithSwitch(release)).toBeUndefined();
		expect(databaseChangeWithSwitch({ ...release, active: "blue", databaseChanges })).toBeUndefined();
	});

	it("refuses both, says which database and how to go on", () => {
		const text = databaseChangeWithSwitch({ ...release, databaseChanges });
		expect(text).toContain(
			"from blue to green in the same run that replaces main (parameters.work_mem 8MB (new))",
		);
		expect(text).toContain("pulumi config set activeColor blue && pulumi up");
	});
});

describe("smoke checks", () => {
	it("are needed where a new release gets traffic", () => {
		expect(checksMissing(release)).toBeUndefined();
		expect(checksMissing({ ...release, ownChecks: 0 })).toContain(
			"pulumi config set --path 'checks[0].path'",
		);
	});

	it("are not what holds a rollback up, nor a run that moves no traffic", () => {
		expect(checksMissing({ ...release, ownChecks: 0, forward: false })).toBeUndefined();
		expect(checksMissing({ ...release, ownChecks: 0, active: "blue" })).toBeUndefined();
	});
});

describe("pinned images", () => {
	const id = `sha256:${"a".repeat(64)}`;

	it.for([
		["shop", false, "has no tag"],
		["registry.example.com:5000/shop", false, "has no tag"],
		["shop:latest", false, "another image tomorrow"],
		["shop:1.4.0", true, "not pinned to a digest"],
		[`shop@sha256:abc`, true, "not pinned to a digest"],
	] as const)("%s with digest: %s is refused", ([image, digest, text]) => {
		expect(unpinned(image, digest)).toContain(text);
	});

	it.for([
		["shop:1.4.0", false],
		["registry.example.com:5000/shop:1.4.0", false],
		[`shop@${id}`, true],
		[`shop:latest@${id}`, true],
		[id, true],
	] as const)("%s with digest: %s is allowed", ([image, digest]) => {
		expect(unpinned(image, digest)).toBeUndefined();
	});
});

describe("change windows", () => {
	const office: Window = { days: ["Mon", "Tue", "Wed", "Thu"], from: "09:00", to: "16:00" };
	const night: Window = { days: ["Sat"], from: "22:00", to: "02:00" };
	const at = (time: string, windows: Window[], timezone?: string, of = release) =>
		outsideWindow(of, { windows, ...(timezone && { timezone }) }, new Date(time));

	it("let everything through where there are none", () => {
		expect(at("2026-11-28T03:00:00Z", [])).toBeUndefined();
	});

	it.for([
		["2026-11-26T09:00:00Z", true],
		["2026-11-26T08:59:59Z", false],
		["2026-11-26T15:59:59Z", true],
		["2026-11-26T16:00:00Z", false],
		["2026-11-27T10:00:00Z", false],
	] as const)("from its first minute up to its last: %s %s", ([time, allowed]) => {
		expect(at(time, [office]) === undefined).toBe(allowed);
	});

	it.for([
		["2026-11-28T21:59:00Z", false],
		["2026-11-28T22:00:00Z", true],
		["2026-11-29T01:59:00Z", true],
		["2026-11-29T02:00:00Z", false],
		["2026-11-28T01:00:00Z", false],
	] as const)("past midnight into the next day: %s %s", ([time, allowed]) => {
		expect(at(time, [night]) === undefined).toBe(allowed);
	});

	it("are of the time zone's clock, in summer as in winter", () => {
		const berlin = (time: string) => at(time, [office], "Europe/Berlin") === undefined;
		expect(berlin("2026-01-15T08:00:00Z")).toBe(true);
		expect(berlin("2026-01-15T07:30:00Z")).toBe(false);
		expect(berlin("2026-07-16T07:30:00Z")).toBe(true);
	});

	it("that end at 24:00 last until the end of the day", () => {
		const evening: Window = { days: ["Thu"], from: "20:00", to: "24:00" };
		expect(at("2026-11-26T23:59:00Z", [evening])).toBeUndefined();
		expect(at("2026-11-27T00:00:00Z", [evening])).toBeDefined();
	});

	it("say what the time is, what is allowed and who serves", () => {
		expect(at("2026-11-27T10:05:00Z", [office])).toBe(
			"it is Fri 10:05 in UTC, and traffic goes to a new release only at Mon Tue Wed Thu 09:00–16:00. blue serves; a rollback is allowed at any time.",
		);
	});

	it("never hold a rollback up, nor a run that moves no traffic", () => {
		expect(at("2026-11-27T10:05:00Z", [office], "UTC", { ...release, forward: false })).toBeUndefined();
		expect(at("2026-11-27T10:05:00Z", [office], "UTC", { ...release, active: "blue" })).toBeUndefined();
	});

	it("refuse a time zone that is none", () => {
		expect(at("2026-11-26T10:00:00Z", [office], "Berlin")).toContain('"Berlin" is not a time zone');
	});
});

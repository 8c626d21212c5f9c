import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	HELD_PATTERN,
	heldValue,
	isHeld,
	MAINTENANCE_PATTERN,
	readSwitch,
	readSwitchValue,
	releasedValue,
	switchValue,
	trialValue,
	wantedValue,
	withState,
} from "../../../components/proxy/switch-file";

/** What Caddy's matcher decides: the request is green's where its id sorts before the value. */
function goesToGreen(uuid: string, value: string): boolean {
	return uuid < value;
}

describe("every request", () => {
	test("goes to green by green's value, to blue by blue's", () => {
		fc.assert(
			fc.property(fc.uuid(), (uuid) => {
				expect(goesToGreen(uuid, switchValue("green"))).toBe(true);
				expect(goesToGreen(uuid, switchValue("blue"))).toBe(false);
			}),
			{ numRuns: 1_000 },
		);
	});

	test("goes to blue while there is no file, which reads as empty", () => {
		fc.assert(
			fc.property(fc.uuid(), (uuid) => {
				expect(goesToGreen(uuid, "")).toBe(false);
			}),
		);
	});

	test("goes to the color that the value is read as", () => {
		const value = fc.oneof(fc.stringMatching(/^[0-9a-g]{0,4}$/), fc.string({ maxLength: 4 }));
		fc.assert(
			fc.property(fc.uuid(), value, (uuid, text) => {
				const read = readSwitchValue(text);
				if (read !== "shared") expect(goesToGreen(uuid, text)).toBe(read === "green");
			}),
			{ numRuns: 1_000 },
		);
	});
});

test.for([
	["", "blue"],
	["0", "blue"],
	["00", "shared"],
	["1a", "shared"],
	["80", "shared"],
	["ff", "shared"],
	["g", "green"],
	["zzz", "green"],
	["0\n", "shared"],
] as const)("the value %j is read as %s", ([value, read]) => {
	expect(readSwitchValue(value)).toBe(read);
});

test("what is written is read back", () => {
	expect(readSwitchValue(switchValue("blue"))).toBe("blue");
	expect(readSwitchValue(switchValue("green"))).toBe("green");
});

test("a value in between is a share: the fraction of ids that sort before it", () => {
	const uuids = Array.from({ length: 4_000 }, () => randomUUID());
	const share = (value: string) => uuids.filter((uuid) => goesToGreen(uuid, value)).length / uuids.length;
	// Six standard deviations of chance to either side.
	expect(Math.abs(share("80") - 0.5)).toBeLessThan(0.05);
	expect(Math.abs(share("1a") - 0x1a / 0x100)).toBeLessThan(0.03);
});

describe("a value that is held", () => {
	const until = fc.integer({ min: 1_700_000_000, max: 9_999_999_999 });
	const released = fc.oneof(fc.constantFrom("", "0", "g"), fc.stringMatching(/^[0-9a-f]{1,4}$/));

	test("sends every request, when the hold is over, where the value without it does", () => {
		fc.assert(
			fc.property(fc.uuid(), released, until, (uuid, value, untilS) => {
				expect(goesToGreen(uuid, heldValue(value, untilS))).toBe(goesToGreen(uuid, value));
			}),
			{ numRuns: 2_000 },
		);
	});

	test("is read as the color that it goes back to, and is that value again when it is released", () => {
		fc.assert(
			fc.property(released, until, until, (value, first, second) => {
				const held = heldValue(value, first);
				expect(isHeld(held)).toBe(true);
				expect(isHeld(value)).toBe(false);
				expect(readSwitchValue(held)).toBe(readSwitchValue(value));
				expect(releasedValue(held)).toBe(value);
				// A hold that is prolonged is one hold.
				expect(heldValue(held, second)).toBe(heldValue(value, second));
			}),
		);
	});

	test("is nothing that Caddy takes for a color at once, and tells it the end", () => {
		const held = heldValue("g", 1_763_745_600);
		expect(held).toBe("g-held-until-1763745600");
		expect(["0", "g"]).not.toContain(held);
		expect(new RegExp(HELD_PATTERN).exec(held)?.[1]).toBe("1763745600");
	});
});

describe("a trial", () => {
	const percent = fc.integer({ min: 0, max: 10_000 }).map((n) => n / 100);
	const trial = fc.record({
		to: fc.constantFrom("blue" as const, "green" as const),
		percent,
		visit: fc.stringMatching(/^[a-z0-9]{1,20}$/),
	});

	test("is read as it was written, held or not, in maintenance or not", () => {
		const rest = fc.record(
			{ maintenance: fc.boolean(), heldUntilS: fc.integer({ min: 0, max: 4_000_000_000 }) },
			{ requiredKeys: ["maintenance"] },
		);
		fc.assert(
			fc.property(trial, rest, (wanted, state) => {
				const read = readSwitch(withState(trialValue(wanted), state));
				const { traffic, ...others } = read;
				expect(others).toEqual(state);
				expect(traffic).toMatchObject({ to: wanted.to, visit: wanted.visit });
				if (typeof traffic === "string") throw new Error(traffic);
				expect(Math.abs(traffic.percent - wanted.percent)).toBeLessThan(0.02);
			}),
		);
	});

	test("gives its color the share that it says", () => {
		const ids = Array.from({ length: 10_000 }, () => randomUUID());
		for (const [to, wanted] of [
			["green", 5],
			["green", 25],
			["blue", 40],
		] as const) {
			const value = trialValue({ to, percent: wanted, visit: "x7f3" });
			const green = ids.filter((uuid) => goesToGreen(uuid, value)).length / 100;
			// Five standard deviations of a share of 10,000 are 2.5 points at most.
			expect(Math.abs((to === "green" ? green : 100 - green) - wanted)).toBeLessThan(2.5);
		}
	});

	test.for([
		["0-to-green-x7f3", "shared"],
		["g-to-green-x7f3", "green"],
		["g-to-blue-x7f3", "shared"],
		["0-to-blue-x7f3", "blue"],
		["4000-to-green-x7f3-maintenance", "shared"],
	] as const)("%s is served by %s", ([value, read]) => {
		expect(readSwitchValue(value)).toBe(read);
	});
});

test("maintenance stands between the share and the hold, and outlives the hold", () => {
	const value = withState("g", { maintenance: true });
	expect(value).toBe("g-maintenance");
	expect(heldValue(value, 7)).toBe("g-maintenance-held-until-7");
	expect(releasedValue(heldValue(value, 7))).toBe(value);
	expect(readSwitchValue(value)).toBe("green");
	expect(withState(value, { maintenance: false })).toBe("g");
});

test("Caddy finds maintenance just where it stands", () => {
	const share = fc.constantFrom("0", "g", "80", "4000-to-green-x7f3", "0-to-blue-a1");
	const rest = fc.record(
		{ maintenance: fc.boolean(), heldUntilS: fc.integer({ min: 0, max: 4_000_000_000 }) },
		{ requiredKeys: ["maintenance"] },
	);
	fc.assert(
		fc.property(share, rest, (value, state) => {
			const found = new RegExp(MAINTENANCE_PATTERN).test(withState(value, state));
			expect(found).toBe(state.maintenance);
		}),
	);
});

test("what the settings want is one of four values", () => {
	expect(wantedValue("blue", "off")).toBe(switchValue("blue"));
	expect(wantedValue("green", "off")).toBe(switchValue("green"));
	expect(wantedValue("blue", "on")).toBe("0-maintenance");
	expect(wantedValue("green", "on")).toBe("g-maintenance");
});

import { describe, expect, test } from "vitest";
import {
	KEPT_SWITCHES,
	parseEntries,
	type SwitchEntry,
	withDrain,
	withEndedLater,
	withEntry,
	withoutEntry,
} from "../../../../components/runtime/switch-history/entry";
import { whoRuns } from "../../../../components/runtime/switch-history/who";

function entry(id: string, changes: Partial<SwitchEntry> = {}): SwitchEntry {
	return {
		id,
		startedAt: "2026-11-21T12:00:00.000Z",
		who: "anna@laptop",
		process: { host: "laptop", pid: 1 },
		from: "blue",
		to: "green",
		versions: { blue: "1.0.0", green: "2.0.0" },
		outcome: "succeeded",
		...changes,
	};
}

const DRAINED = { color: "blue", outcome: "drained", durationMs: 12 } as const;

describe("the record of switches", () => {
	test("takes an entry in place of the one of the same id, and keeps the order", () => {
		const begun = withEntry(withEntry(undefined, entry("a", { outcome: "begun" })), entry("b"));
		const ended = withEntry(begun, entry("a"));
		expect(parseEntries(ended).map(({ id, outcome }) => [id, outcome])).toEqual([
			["a", "succeeded"],
			["b", "succeeded"],
		]);
		expect(parseEntries(withoutEntry(ended, "a")).map(({ id }) => id)).toEqual(["b"]);
	});

	test("keeps the newest, and no more than so many", () => {
		let text = "";
		for (let index = 0; index < KEPT_SWITCHES + 3; index++) text = withEntry(text, entry(`${index}`));
		const kept = parseEntries(text);
		expect(kept).toHaveLength(KEPT_SWITCHES);
		expect(kept[0]?.id).toBe("3");
	});

	test("keeps the first line of a reason, and not all of a long one", () => {
		const [kept] = parseEntries(withEntry("", entry("a", { outcome: "failed", reason: "ill.\nNext: up" })));
		expect(kept?.reason).toBe("ill.");
		const [long] = parseEntries(withEntry("", entry("a", { reason: "x".repeat(9_000) })));
		expect(long?.reason).toHaveLength(300);
	});

	test("leaves out what cannot be read, and reads the rest", () => {
		const text = `{"id":"half\nnull\n[]\n{"id":"b","to":"green"}\n${withEntry("", entry("a"))}`;
		expect(parseEntries(text)).toEqual([entry("a")]);
		expect(parseEntries(undefined)).toEqual([]);
	});

	test("takes the drain of the last switch, once, and of no other", () => {
		const text = withEntry("", entry("a"));
		expect(parseEntries(withDrain(text, "green", DRAINED))[0]?.drain).toEqual(DRAINED);
		expect(withDrain(text, "blue", DRAINED)).toBe(text);
		const back = withEntry(text, entry("b", { outcome: "moved-back" }));
		expect(withDrain(back, "green", DRAINED)).toBe(back);
		const once = withDrain(text, "green", DRAINED);
		expect(withDrain(once, "green", { ...DRAINED, durationMs: 99 })).toBe(once);
	});

	test("ends what an interrupted `up` has begun, where traffic is found so", () => {
		const text = withEntry("", entry("a", { outcome: "begun" }));
		expect(parseEntries(withEndedLater(text, "green"))[0]).toMatchObject({
			outcome: "succeeded",
			endedLater: true,
		});
		expect(withEndedLater(text, "blue")).toBe(text);
	});
});

describe("who runs an `up`", () => {
	test.for([
		["anna@laptop", {}, "anna"],
		["anna as root@laptop", { SUDO_USER: "anna" }, "root"],
		["anna (GitHub Actions)", { GITHUB_ACTOR: "anna" }, "runner"],
		["anna (GitLab CI)", { GITLAB_USER_LOGIN: "anna" }, "root"],
	] as const)("is %s", ([who, env, login]) => {
		expect(whoRuns(env, login, "laptop")).toBe(who);
	});
});

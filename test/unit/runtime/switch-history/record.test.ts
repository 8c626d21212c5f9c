import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { trafficBy } from "../../../../components/runtime/caddy/traffic";
import { MovedBackError, StepError } from "../../../../components/runtime/report";
import type { CutoverInputs, CutoverOutputs } from "../../../../components/runtime/steps";
import { parseEntries, type SwitchEntry } from "../../../../components/runtime/switch-history/entry";
import {
	recordDrain,
	recordedGate,
	recordedSwitch,
} from "../../../../components/runtime/switch-history/record";
import { FakeHost, PROXY } from "../support/fake-host";
import { Said } from "../support/server";

const HISTORY = "/config/blue-green/history.jsonl";
const SWITCH = "/switch/green_below";

let host: FakeHost;
let said: Said;
beforeEach(async () => {
	host = await FakeHost.start();
	said = new Said();
	host.released("blue", "a Caddyfile");
});
afterEach(() => host.close());

const look = async () => trafficBy(host.files.get(SWITCH));

function outputs(news: CutoverInputs, changes: Partial<CutoverOutputs> = {}): CutoverOutputs {
	return {
		...news,
		activeColor: news.active,
		activeVersion: "",
		standbyColor: "blue",
		standbyVersion: "",
		caddyfileInForce: true,
		...changes,
	};
}

function record(news: CutoverInputs, work: () => Promise<CutoverOutputs>): Promise<CutoverOutputs> {
	return recordedSwitch(host.engine, news, news.gate, said, look, work);
}

function noted(): SwitchEntry[] {
	return parseEntries(host.files.get(HISTORY));
}

describe("a switch is noted on the host", () => {
	test("while it runs, and when it has ended, with what was in flight and what was drained", async () => {
		const news = host.inputs("green");
		let during: SwitchEntry[] = [];
		await record(news, async () => {
			await new Promise((resolve) => setTimeout(resolve, 200));
			during = noted();
			const inFlightAtSwitch = { requests: 13, streams: 1 };
			const lastCutover = {
				to: "green",
				toVersion: "",
				startedAt: "",
				stages: [],
				configHash: "",
				inFlightAtSwitch,
			} as const;
			return outputs(news, { lastCutover });
		});
		expect(during).toMatchObject([{ outcome: "begun", from: "blue", to: "green" }]);
		const drain = { color: "blue", outcome: "drained", durationMs: 250 } as const;
		await recordDrain(host.engine, PROXY, "green", drain, said);
		expect(noted()).toMatchObject([
			{
				startedAt: news.gate.startedAt,
				from: "blue",
				to: "green",
				versions: { blue: "1.0.0", green: "2.0.0" },
				outcome: "succeeded",
				inFlightAtSwitch: { requests: 13, streams: 1 },
				drain,
			},
		]);
		const [entry] = noted();
		expect(entry?.who).toMatch(/.@./);
		// The gate of 1,234 ms is a part of it.
		expect(entry?.durationMs).toBeGreaterThan(1_234);
		expect(entry).not.toHaveProperty("rollback");
		expect(said.warnings).toEqual([]);
	});

	test("as the way back, where it is one", async () => {
		const news = host.inputs("green", { forward: false });
		await record(news, async () => outputs(news));
		expect(noted()).toMatchObject([{ rollback: true, outcome: "succeeded" }]);
	});

	test.for([
		["moved-back", new MovedBackError("it fell ill\nTraffic was moved back"), "it fell ill"],
		["failed", new StepError("Caddy rejects the Caddyfile"), "Caddy rejects the Caddyfile"],
	] as const)("as %s, with the reason, and fails as before", async ([outcome, error, reason]) => {
		const news = host.inputs("green");
		await expect(record(news, () => Promise.reject(error))).rejects.toBe(error);
		expect(noted()).toMatchObject([{ outcome, reason }]);
	});

	test("as paused, with the share; and not again while it rests", async () => {
		const news = host.inputs("green");
		const onTrial = { to: "green", share: 25, paused: true } as const;
		const rests = async () => outputs(news, { activeColor: "shared", onTrial });
		await record(news, rests);
		expect(noted()).toMatchObject([{ from: "blue", outcome: "paused", share: 25 }]);
		host.files.set(SWITCH, "4000-to-green-x1");
		await record(news, rests);
		expect(noted()).toHaveLength(1);
	});

	test("not where the color serves already; but what was interrupted ends then", async () => {
		const news = host.inputs("blue");
		await record(news, async () => outputs(news));
		expect(host.files.has(HISTORY)).toBe(false);
		const interrupted = { ...entryOf("green"), outcome: "begun" as const };
		host.files.set(HISTORY, `${JSON.stringify(interrupted)}\n`);
		host.files.set(SWITCH, "g");
		await record(host.inputs("green"), async () => outputs(host.inputs("green")));
		expect(noted()).toMatchObject([{ id: "x", outcome: "succeeded", endedLater: true }]);
	});

	test("or not at all, with a warning, where the file cannot be written; the switch is not concerned", async () => {
		host.readOnly.add(HISTORY);
		const news = host.inputs("green");
		expect((await record(news, async () => outputs(news))).activeColor).toBe("green");
		expect(said.warnings).toEqual([
			`this switch could not be noted for \`npm run history\`: cannot write ${HISTORY} in ${PROXY}: Read-only file system. The switch is not concerned.`,
		]);
	});
});

describe("a health gate that fails", () => {
	const gate = (active: "blue" | "green") =>
		recordedGate(
			host.engine,
			{
				active,
				colors: { green: { version: "2.0.0", targets: [] } },
				proxy: PROXY,
				policy: host.inputs("blue").policy,
			},
			said,
			look,
			() => Promise.reject(new StepError("green 2.0.0 is not ready\nNext: mend it")),
		);

	test("is the end of a release, and noted as such", async () => {
		await expect(gate("green")).rejects.toThrow("not ready");
		expect(noted()).toMatchObject([
			{
				from: "blue",
				to: "green",
				versions: { green: "2.0.0" },
				outcome: "failed",
				reason: "green 2.0.0 is not ready",
			},
		]);
	});

	test("is no switch where it was the standby that is not ready", async () => {
		await expect(gate("blue")).rejects.toThrow("not ready");
		expect(host.files.has(HISTORY)).toBe(false);
	});
});

function entryOf(to: "blue" | "green"): SwitchEntry {
	return {
		id: "x",
		startedAt: "2026-11-21T12:00:00.000Z",
		who: "anna@laptop",
		process: { host: "laptop", pid: 1 },
		to,
		versions: {},
		outcome: "begun",
	};
}

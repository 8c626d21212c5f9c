import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSwitchValue, SWITCH_FILE } from "../../components/proxy/switch-file";
import { inContainer } from "./support/docker";
import { assertSucceeded, TestStack, type UpOutcome } from "./support/stack";
import { type CrowdReport, crowd, reportOf, within } from "./support/visitors";

const VISITORS_PER_SECOND = 25;
const STRATEGY = {
	steps: [
		{ share: 5, hold: "8s" },
		{ share: 25, hold: "25s" },
	],
};
const OBSERVE = {
	window: "10s",
	every: "500ms",
	minRequests: 50,
	maxErrorRate: 0.5,
	compare: "old",
};

/** 5 → 25 → 100 %, under visitors with cookies of their own, with a good release and with bad ones. */
describe("a release that is watched", () => {
	let shop: TestStack;
	const story: string[] = [];
	const tell = (line: string) => story.push(line);

	beforeAll(async () => {
		shop = await TestStack.create("watch-observe");
		shop.configure("strategy", STRATEGY);
		shop.configure("observe", OBSERVE);
		shop.configure("drain", { timeout: "5s" });
		assertSucceeded(await shop.up());
	});
	afterAll(async () => {
		console.log(story.join("\n"));
		await shop?.dispose();
	});

	/** `pulumi up` to this version on this color, with visitors from before until after. */
	async function release(color: string, version: string): Promise<{ up: UpOutcome; met: CrowdReport }> {
		await shop.set(`colors.${color}.version`, version);
		await shop.set("activeColor", color);
		const visitors = crowd(shop.url, VISITORS_PER_SECOND);
		const up = await shop.up();
		await pause(2_000);
		return { up, met: reportOf(await visitors.leave()) };
	}

	async function serving(): Promise<string> {
		return readSwitchValue(await inContainer(shop.container("proxy"), "cat", SWITCH_FILE));
	}

	it("promotes one that is well: 0 failed", async () => {
		const { up, met } = await release("green", "2.0.0");
		tell(line("2.0.0 (well), step by step", met));
		assertSucceeded(up);
		expect(up.text).toMatch(/traffic: 5 % to green 2\.0\.0/);
		expect(up.text).toMatch(/traffic: 25 % to green 2\.0\.0/);
		expect(met).toMatchObject({ failed: 0, metAnError: 0 });
		expect(await serving()).toBe("green");
		// Nothing is counted any more, and the way is the short one.
		expect(await inContainer(shop.container("proxy"), "cat", SWITCH_FILE)).toBe("g");
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
	});

	let careful: CrowdReport | undefined;
	it("brings one that fails 2 % of its requests back by itself", async () => {
		const { up, met } = await release("blue", "2.6.0-fails-some");
		careful = met;
		tell(line("2.6.0-fails-some, step by step", met));
		tell(verdictIn(up));
		expect(up.failed).toBe(true);
		expect(up.text).toMatch(/blue 2\.6\.0-fails-some was given up .*requests failed, so at least/);
		expect(up.text).toContain("requests that failed:");
		expect(up.text).toMatch(
			/All traffic was moved back to green in .* after the first of the bad requests; green serves/,
		);
		expect(met.metAnError).toBeGreaterThan(0);
		expect(await serving()).toBe("green");
		const running = await inContainer(
			shop.container("blue-web-1"),
			"node",
			"-e",
			"console.log('still here')",
		);
		expect(running).toContain("still here");
	});

	it("brings one that is slow back by itself", async () => {
		const { up, met } = await release("blue", "2.7.0-slow");
		tell(line("2.7.0-slow, step by step", met));
		tell(verdictIn(up));
		expect(up.failed).toBe(true);
		expect(up.text).toMatch(/blue 2\.7\.0-slow was given up .*its p99 is .* and the old color's/);
		expect(up.text).toContain("its slowest requests:");
		expect(met.failed).toBe(0);
		expect(met.medianMs("blue")).toBeGreaterThan(2 * met.medianMs("green"));
		expect(await serving()).toBe("green");
	});

	it("lets far more users meet an error where the same release is switched at once, unwatched", async () => {
		shop.configure("strategy", {});
		shop.configure("observe", {});
		await shop.set("colors.blue.version", "2.6.0-fails-some");
		await shop.set("activeColor", "blue");
		const visitors = crowd(shop.url, VISITORS_PER_SECOND);
		const up = await shop.up();
		// For the same time as the careful release had visitors on it.
		const spanMs = careful?.spanMs("blue") ?? 0;
		await pause(spanMs);
		const met = reportOf(within(await visitors.leave(), "blue", spanMs));
		tell(line("2.6.0-fails-some, at once, in the same time", met));
		assertSucceeded(up);
		expect(met.metAnError).toBeGreaterThan(2 * (careful?.metAnError ?? 0));
		expect(await serving()).toBe("blue");
	});
});

function line(
	what: string,
	{ visitors, metAnError, requests, failed, byColor, spanMs, medianMs }: CrowdReport,
): string {
	const colors = ["blue", "green"].map(
		(color) =>
			`${color} ${byColor[color] ?? 0} within ${(spanMs(color) / 1_000).toFixed(1)} s, p50 ${medianMs(color).toFixed(1)} ms`,
	);
	return `${what}: ${metAnError} of ${visitors} users met an error (${failed} of ${requests} requests; ${colors.join("; ")})`;
}

/** What a person reads of why it went back. */
function verdictIn({ text }: UpOutcome): string {
	const [, said = ""] = /Diagnostics:.*?(error: .*?)\n *Or give up/s.exec(text) ?? [];
	return said;
}

function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

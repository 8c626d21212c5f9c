import { expect } from "vitest";
import { otherColor } from "../../../components/settings/schema";
import { engine } from "../../e2e/support/docker";
import { pause, underLoad } from "../../e2e/support/load";
import type { TestStack } from "../../e2e/support/stack";
import { type Ended, kill, pulumi, type Running, startPulumi, UP } from "./cli";
import { expectServes, noneFailed, type Serves } from "./fault";
import { nothingMoves } from "./processes";
import { releaseTwice } from "./released-twice";

/** Each takes the time of the one before as its measure; that five in a row are quicker has another reason. */
const ATTEMPTS = 5;

/** A stack whose releases are interrupted: both colors have been released, and how long that takes is known. */
export class InterruptedStack {
	private constructor(
		readonly shop: TestStack,
		/** How long a release takes that nobody interrupts, ms: the quickest that was seen. */
		private releaseMs: number,
	) {}

	static async create(name: string): Promise<InterruptedStack> {
		const { shop, releaseMs } = await releaseTwice(name, wishForOtherColor);
		return new InterruptedStack(shop, releaseMs);
	}

	/**
	 * As `release`, killed with SIGKILL after `share` of its time. One that was quicker than all before it has ended by then:
	 * then its time is the measure, and another one is killed.
	 */
	async killAt(share: number, options: { refresh: boolean }): Promise<Ended> {
		for (let attempt = 1; ; attempt++) {
			const ended = await this.release(async (up) => {
				await pause(share * this.releaseMs);
				kill(up);
			}, options);
			if (ended.signal !== null || attempt === ATTEMPTS) return ended;
			this.releaseMs = Math.min(this.releaseMs, ended.durationMs);
		}
	}

	/**
	 * A release to the other color, under load, that `interrupt` does something to. Whatever had happened by then: one color
	 * serves, no request fails, and `cancel`, perhaps `refresh`, `up` bring the stack to its settings.
	 */
	async release(
		interrupt: (up: Running) => void | Promise<void>,
		options: { refresh: boolean },
	): Promise<Ended> {
		const { shop } = this;
		const wanted = await wishForOtherColor(shop);
		const { value, report } = await underLoad(shop.url, async () => {
			const up = startPulumi(shop, ...UP);
			await interrupt(up);
			const ended = await up.ended;
			await nothingMoves(shop);
			const colors = await colorsOfASecond(shop);
			await recover(shop, wanted, options.refresh);
			return { ended, colors };
		});
		expect(value.colors).toHaveLength(1);
		noneFailed(report);
		expect(Object.keys(report.byColor).sort()).toEqual(["blue", "green"]);
		return value.ended;
	}
}

/** Settings of a release to the other color, as another version than the one it has, so that its containers are replaced. */
async function wishForOtherColor(shop: TestStack): Promise<Serves> {
	const color = otherColor((await shop.version()).color);
	const all = await shop.stack.getAllConfig();
	const colors = JSON.parse(all["shop:colors"]?.value ?? "{}") as Record<string, { version?: string }>;
	const version = colors[color]?.version === "2.0.0" ? "1.0.0" : "2.0.0";
	await shop.set(`colors.${color}.version`, version);
	await shop.set("activeColor", color);
	return { color, version };
}

async function recover(shop: TestStack, wanted: Serves, refresh: boolean): Promise<void> {
	await pulumi(shop, "cancel", "--yes");
	if (refresh) {
		const seen = await pulumi(shop, "refresh", "--yes", "--skip-preview", "--clear-pending-creates");
		expect(seen.exitCode, seen.text).toBe(0);
	}
	const up = await pulumi(shop, ...UP);
	expect(up.exitCode, up.text).toBe(0);
	await expectServes(shop, wanted);
	await expectAllRun(shop);
	const again = await shop.up();
	expect(Object.keys(again.changes), again.text).toEqual(["same"]);
}

/** Two replicas of each color, and the worker of the active one, and nothing else of them. */
async function expectAllRun(shop: TestStack): Promise<void> {
	const { activeColor } = await shop.outputs();
	const services = ["blue-web-1", "blue-web-2", "green-web-1", "green-web-2", `${activeColor}-worker-1`];
	const all = await engine.api.listContainers({ all: true, filters: { name: [`${shop.prefix}-`] } });
	const seen = all.map(({ Names, State }) => `${Names[0]?.slice(1)} ${State}`).sort();
	const expected = [...services, "db-cache", "db-main", "proxy"].map(
		(name) => `${shop.container(name)} running`,
	);
	expect(seen).toEqual(expected.sort());
}

/** The colors that answer during a second, by the header of 50 answers, sorted. */
async function colorsOfASecond(shop: TestStack): Promise<string[]> {
	const colors = new Set<string>();
	for (let asked = 0; asked < 50; asked++) {
		const response = await fetch(`${shop.url}/version`);
		await response.text();
		colors.add(response.headers.get("x-color") ?? "none");
		await pause(20);
	}
	return [...colors].sort();
}

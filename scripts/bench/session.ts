import { messageOf } from "../../components/runtime/report";
import type { Compose } from "../set-up/compose";
import type { Host } from "./host";
import { machineFacts, versionsOf } from "./machine";
import { measureLatency } from "./measure/latency";
import { measureNoOp } from "./measure/no-op";
import { type BenchLoad, goBack, measureRelease, withOneTimeline } from "./measure/release";
import { measureThroughput } from "./measure/throughput";
import { measureUps, SHAPES } from "./measure/up-times";
import type { BenchResults, WayResult } from "./results";
import { BlueGreen } from "./ways/blue-green";
import { CaddyReload } from "./ways/caddy-reload";
import { ComposeRecreate } from "./ways/compose";
import { NginxReload } from "./ways/nginx-reload";
import { Shop } from "./ways/shop";
import { StopStart } from "./ways/stop-start";
import type { Way } from "./ways/way";

export const WAYS = ["blue-green", "caddy-reload", "nginx-reload", "compose", "stop-start"] as const;
export const PARTS = [...WAYS, "latency", "up-times", "no-op", "throughput"] as const;
export type Part = (typeof PARTS)[number];

export interface Plan {
	parts: readonly Part[];
	quick: boolean;
	/** Releases of each way, and `up`s of each kind at each shape. */
	runs: { ways: number; ups: number; pairs: number; stretchSeconds: number };
	load: BenchLoad;
}

/** A load average from which on times are those of the other work, too. */
const BUSY = 0.5;

/** What is set up before anything is measured. */
export interface Tools {
	nginxImage: string;
	compose: Compose;
}

/** Measures all parts of the plan, one after the other. A part that fails is told in the results, the others go on. */
export async function measureAll(
	host: Host,
	tools: Tools,
	plan: Plan,
	say: (line: string) => void,
): Promise<BenchResults> {
	const began = new Date();
	const machine = machineFacts();
	if (machine.loadBefore > BUSY)
		say(`this machine is busy (load average ${machine.loadBefore.toFixed(1)}): the figures will say so`);
	const shop = new Shop(host);
	await shop.start();
	const versions = await versionsOf(host, tools.nginxImage, tools.compose);
	const ways = [
		await BlueGreen.create(host),
		new CaddyReload(host, shop),
		new NginxReload(host, shop, tools.nginxImage),
		new ComposeRecreate(host, shop, tools.compose),
		new StopStart(host, shop),
	].filter(({ name }) => (plan.parts as readonly string[]).includes(name));
	const problems: BenchResults["problems"] = [];
	const attempt = async <T>(part: Part, what: string, work: () => Promise<T[]>): Promise<T[]> => {
		try {
			return await work();
		} catch (error) {
			host.signal.throwIfAborted();
			problems.push({ part, text: `${what}: ${messageOf(error)}` });
			say(`${what} failed: ${messageOf(error)}`);
			return [];
		}
	};
	const results = await measureWays(host, ways, plan.runs.ways, plan.load, say);
	const latency = !plan.parts.includes("latency")
		? []
		: await attempt("latency", "latency", () => measureLatency(host, plan.runs.ups, say));
	const throughput = !plan.parts.includes("throughput")
		? []
		: await attempt("throughput", "throughput", () => {
				say(`throughput: ${plan.runs.pairs} pairs`);
				return measureThroughput(host, plan.runs.pairs, plan.runs.stretchSeconds);
			});
	const shapes = !plan.parts.includes("up-times") ? [] : plan.quick ? SHAPES.slice(0, 1) : SHAPES;
	const upTimes = [];
	for (const shape of shapes) {
		const what = `pulumi up, ${shape.services} × ${shape.replicas} containers a color`;
		say(what);
		const measure = async () => [await measureUps(host, shape, plan.runs.ups)];
		upTimes.push(...(await attempt("up-times", what, measure)));
	}
	const noOp = !plan.parts.includes("no-op")
		? []
		: await attempt("no-op", "pulumi up with nothing to do", () => {
				say(`pulumi up with nothing to do, beside an empty program: ${plan.runs.pairs} pairs`);
				return measureNoOp(host, plan.runs.pairs);
			});
	return {
		startedAt: began.toISOString(),
		durationMs: Date.now() - began.getTime(),
		quick: plan.quick,
		load: plan.load,
		machine,
		versions,
		ways: results,
		upTimes,
		noOp,
		latency,
		throughput,
		problems,
	};
}

/**
 * All ways are brought up first and stay up, idle, while another one is measured; then each is measured once a round. In
 * every round another way comes first, so that what changes on the machine meanwhile meets all of them alike.
 */
async function measureWays(
	host: Host,
	ways: readonly Way[],
	rounds: number,
	load: BenchLoad,
	say: (line: string) => void,
): Promise<WayResult[]> {
	const measured = ways.map((way) => {
		const { name, title, recipe } = way;
		const result: WayResult = { name, title, recipe, runs: [] };
		return { way, result, url: "" };
	});
	try {
		for (const each of measured) {
			say(`${each.way.title}: bringing it up`);
			await orProblem(host, each.result, say, async () => {
				each.url = await each.way.prepare();
			});
		}
		for (let round = 0; round < rounds; round++) {
			for (let turn = 0; turn < measured.length; turn++) {
				const each = measured[(round + turn) % measured.length];
				if (each === undefined || each.result.problem !== undefined) continue;
				const { way, result, url } = each;
				await orProblem(host, result, say, async () => {
					const run = await measureRelease(way, url, host, load);
					result.runs.push(run);
					const { sent, failed } = run.figures;
					say(`${way.title}, run ${round + 1} of ${rounds}: ${failed} of ${sent} requests failed`);
					if (run.problem !== undefined) throw new Error(run.problem);
					await goBack(way, url, host);
				});
			}
		}
		return measured.map(({ result }) => ({ ...result, runs: withOneTimeline(result.runs) }));
	} finally {
		for (const { way } of measured) await way.cleanUp();
	}
}

async function orProblem(
	host: Host,
	result: WayResult,
	say: (line: string) => void,
	work: () => Promise<void>,
): Promise<void> {
	try {
		await work();
	} catch (error) {
		host.signal.throwIfAborted();
		result.problem = messageOf(error);
		say(`${result.title} is given up: ${result.problem}`);
	}
}

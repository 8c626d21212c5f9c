import { setTimeout as sleep } from "node:timers/promises";
import { LABEL } from "../../components/plan/names";
import { type Color, otherColor } from "../../components/settings/schema";
import { Problem } from "../lib/problem";
import { type Load, type LoadReport, startLoad, VISITS } from "../load";
import { pulumi, STACK, type StackOutputs, stackOutputs } from "./pulumi";
import { type Moments, tell } from "./story";
import { failedRelease, heading, nextCommands, whoServes } from "./words";

/** The two versions of the sample shop that the demo releases in turn. */
const VERSIONS = ["1.0.0", "2.0.0"] as const;
const SECONDS_BEFORE = 5;
const SECONDS_AFTER = 10;
const MINIMUM_REQUESTS = 10_000;
const LONGEST_LOAD_SECONDS = 1800;
const CONNECTIONS = 50;

const NOT_SERVING = `The stack's state says that it should. See what became of its containers, and start one that has exited:
  docker ps --all --filter label=${LABEL.stack}=shop/${STACK}
  docker start NAME
Then: npm run demo`;

/** A shop that serves. */
type Shop = StackOutputs & { url: string; activeColor: Color };

/**
 * The main job: the shop runs, visitors come, and the other color is released under their feet.
 * @param rate requests a second.
 * @param interrupted ends the run early; whatever serves goes on serving.
 * @throws Problem when a request failed, the release failed, or the traffic did not move.
 */
export async function releaseUnderLoad(rate: number, interrupted: AbortSignal): Promise<void> {
	const shop = await ensureShop();
	const to = otherColor(shop.activeColor);

	heading(
		`Visitors: ${rate} requests/s over ${CONNECTIONS} keep-alive connections, GET and POST, no retries`,
	);
	const load = startLoad({
		url: shop.url,
		ratePerSecond: rate,
		connections: CONNECTIONS,
		requests: VISITS,
		maxSeconds: LONGEST_LOAD_SECONDS,
	});
	await load.ready.catch(async (error: Error) => {
		await load.stop();
		throw new Problem(`${error.message}\n${NOT_SERVING}`);
	});
	let moments: Moments;
	try {
		console.log(`${shop.activeColor} ${shop.activeVersion} serves them at ${shop.url}`);
		await sleep(SECONDS_BEFORE * 1000, undefined, { signal: interrupted });
		moments = await release(shop, to, load, rate, interrupted);
	} catch (error) {
		const reason = interrupted.aborted
			? "Interrupted."
			: error instanceof Error
				? error.message
				: String(error);
		const report = await load.stop();
		throw new Problem(failedRelease(reason, report, await whoServes(shop.url), shop.activeColor), {
			cause: error,
		});
	}
	const report = await load.stop();
	const outputs = await stackOutputs();

	heading("What happened");
	console.log(tell({ ...moments, report, ...(outputs.lastCutover && { cutover: outputs.lastCutover }) }));
	console.log(`active color: ${outputs.activeColor} ${outputs.activeVersion}\nurl: ${outputs.url}`);
	check(report, to, outputs, load.file);
	console.log(nextCommands(outputs));
}

/** The stack as it runs, whatever color is active; brought up on blue when there is none yet. */
async function ensureShop(): Promise<Shop> {
	let outputs = await stackOutputs();
	if (outputs.activeColor === undefined) {
		heading(`The sample shop on blue ${VERSIONS[0]}`);
		await pulumi("config", "set", "--path", "colors.blue.version", VERSIONS[0], "--stack", STACK);
		await pulumi("config", "set", "activeColor", "blue", "--stack", STACK);
		await pulumi("up", "--yes", "--stack", STACK).catch((error: Error) => {
			const next =
				"Nothing serves yet. Once that is mended: npm run demo\nTo remove it: npm run demo -- --down";
			throw new Problem(`${error.message}\n${next}`);
		});
		outputs = await stackOutputs();
	} else {
		heading(`The sample shop runs already, on ${outputs.activeColor} ${outputs.activeVersion}`);
	}
	const { url, activeColor } = outputs;
	if (url === undefined || activeColor === undefined)
		throw new Problem(`The stack has no url or activeColor. See: pulumi stack output --stack ${STACK}`);
	return { ...outputs, url, activeColor };
}

/** Releases as a person would, while the load runs, and lets it run on until enough was seen. */
async function release(
	shop: Shop,
	to: Color,
	load: Load,
	rate: number,
	interrupted: AbortSignal,
): Promise<Moments> {
	const version = shop.activeVersion === VERSIONS[1] ? VERSIONS[0] : VERSIONS[1];
	heading(`Release ${to} ${version} while they come`);
	const releaseBeganMs = await load.mark("release begins");
	const step = async (...args: string[]) => {
		await pulumi(...args, "--stack", STACK);
		// A command that was just done when ^C came must not be followed by the next.
		interrupted.throwIfAborted();
	};
	await step("config", "set", "--path", `colors.${to}.version`, version);
	await step("config", "set", "activeColor", to);
	await step("preview");
	const upBeganMs = await load.mark("up begins");
	await step("up", "--yes");
	const upEndedMs = await load.mark("up ended");

	const enoughMs = (MINIMUM_REQUESTS / rate) * 1000 + 500;
	const waitMs = Math.max(SECONDS_AFTER * 1000, enoughMs - upEndedMs);
	console.log(`\nThe visitors stay for another ${Math.ceil(waitMs / 1000)} s …`);
	await sleep(waitMs, undefined, { signal: interrupted });
	return { from: shop.activeColor, to, releaseBeganMs, upBeganMs, upEndedMs };
}

/** @throws Problem unless every request succeeded and all traffic moved. */
function check(report: LoadReport, to: Color, outputs: StackOutputs, recordFile: string): void {
	const problems: string[] = [];
	if (report.failed > 0)
		problems.push(
			`${report.failed} of ${report.sent} requests failed. All of them, one a line: ${recordFile}`,
		);
	if (report.endedBy !== "stop") problems.push(`The load ended early (${report.endedBy}).`);
	if (report.sent < MINIMUM_REQUESTS) problems.push(`Only ${report.sent} requests were sent.`);
	const lastColors = new Set(report.samples.slice(-100).map((sample) => sample.color));
	if (lastColors.size !== 1 || !lastColors.has(to))
		problems.push(`The last 100 answers came from ${[...lastColors].join(" and ")}, not all from ${to}.`);
	if (outputs.activeColor !== to)
		problems.push(`The stack says that ${outputs.activeColor} is active, not ${to}.`);
	if (problems.length > 0) throw new Problem(problems.join("\n"));
}

/** `npm run logs`: what the replicas of a color print, in the order in which they print it. */
import { InvalidArgumentError, Option } from "commander";
import type { HostContainer } from "../components/plan/deployed";
import { LABEL, proxyName } from "../components/plan/names";
import { peekTraffic } from "../components/runtime/caddy/peek";
import { Engine } from "../components/runtime/docker/engine";
import { peekContainers } from "../components/runtime/docker/peek";
import { followLogs, type LogRange, readLogs } from "../components/runtime/logs/follow";
import type { LogLine } from "../components/runtime/logs/lines";
import { messageOf } from "../components/runtime/report";
import { COLORS, type Color } from "../components/settings/schema";
import { EXIT_HELP, onInterrupt, runCommand, stackCommand } from "./lib/command";
import { durationOption } from "./lib/duration";
import { isColored } from "./lib/paint";
import { Problem } from "./lib/problem";
import { LogPrinter } from "./logs/render";
import { type LookedAtStack, lookAtStack } from "./status/stack";

interface Options {
	stack?: string;
	color?: Color | "both";
	follow?: true;
	since?: number;
	tail?: number | "all";
}

/** Lines of each replica, where nothing is said. */
const TAIL = 100;
const YEAR_MS = 365 * 24 * 3_600_000;

const program = stackCommand(
	"logs",
	"Shows what the replicas print, together and in the order of time: of the color that serves, or of both while both do.",
)
	.addHelpText("after", EXIT_HELP)
	.argument("[service...]", "these services only")
	.addOption(new Option("--color <color>", "of this color instead").choices([...COLORS, "both"]))
	.option(
		"-f, --follow",
		"go on with what they print from now on, until ^C; replicas that come later as well",
	)
	.option("--since <time>", 'what was printed in the last "10m", "2h"', durationOption(1_000, YEAR_MS))
	.option(
		"--tail <number>",
		`the last lines of each replica, or all; unset: ${TAIL}, or all with --since`,
		tailOf,
	)
	.action(async (services: string[], options: Options) => {
		const stack = await lookAtStack(options.stack);
		const colors = options.color === undefined ? await servingColors(stack) : colorsOf(options.color);
		const engine = new Engine();
		const replicas = () => replicasOf(stack, colors, services);
		const first = await askDocker(replicas);
		if (first.length === 0) throw await nothingThere(stack, colors, services);
		const printer = new LogPrinter(stack.prefix, isColored(process.stdout));
		printer.expect(first.map(({ name }) => name));
		const print = (lines: readonly LogLine[]) => void process.stdout.write(printer.print(lines));
		const range = await rangeOf(engine, options);
		if (options.follow) await followLogs(engine, replicas, range, print, onInterrupt());
		else print(await readLogs(engine, first, range));
	});

async function rangeOf(engine: Engine, { since, tail }: Options): Promise<LogRange> {
	const count = tail === "all" ? undefined : (tail ?? (since === undefined ? TAIL : undefined));
	const hostMs = since === undefined ? 0 : Date.now() + (await engine.clockOffsetMs());
	return {
		...(since !== undefined && { sinceS: Math.floor((hostMs - since) / 1_000) }),
		...(count !== undefined && { tail: count }),
	};
}

function colorsOf(color: Color | "both"): readonly Color[] {
	return color === "both" ? COLORS : [color];
}

async function servingColors({ prefix, name }: LookedAtStack): Promise<readonly Color[]> {
	const { serving } = await askDocker(() => peekTraffic(proxyName(prefix)));
	if (serving === "shared") return COLORS;
	if (serving !== "none") return [serving];
	throw new Problem(`No color of stack ${name} serves yet.\nNext: npm run logs -- --color blue`);
}

async function replicasOf(
	{ label }: LookedAtStack,
	colors: readonly Color[],
	services: readonly string[],
): Promise<HostContainer[]> {
	const all = await peekContainers(label);
	return all
		.filter(({ labels }) => labels[LABEL.role] === "service")
		.filter(({ labels }) => colors.some((color) => color === labels[LABEL.color]))
		.filter(({ labels }) => services.length === 0 || services.includes(labels[LABEL.service] ?? ""))
		.sort((a, b) => a.name.localeCompare(b.name));
}

async function nothingThere(
	stack: LookedAtStack,
	colors: readonly Color[],
	services: readonly string[],
): Promise<Problem> {
	const all = await replicasOf(stack, colors, []);
	const of = colors.join(" and ");
	if (all.length === 0)
		return new Problem(`${of} of stack ${stack.name} has no containers.\nNext: npm run status`);
	const known = [...new Set(all.map(({ labels }) => labels[LABEL.service]))].join(", ");
	return new Problem(`${of} has no container of ${services.join(", ")}. Its services are: ${known}.`);
}

async function askDocker<T>(ask: () => Promise<T>): Promise<T> {
	try {
		return await ask();
	} catch (error) {
		throw new Problem(`Docker does not answer: ${messageOf(error)}\nNext: docker info`);
	}
}

function tailOf(text: string): number | "all" {
	const value = Number(text);
	if (text === "all") return "all";
	if (!Number.isInteger(value) || value < 0)
		throw new InvalidArgumentError('It is a whole number, or "all".');
	return value;
}

// Whoever reads along may have seen enough: `npm run logs | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
	process.exit(0);
});
runCommand(program);

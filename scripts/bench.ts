/** `npm run bench`: this project's release beside the other ways to release on one Docker host. Set-up has run before. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { Host } from "./bench/host";
import { DEFAULT_LOAD } from "./bench/measure/release";
import { writeResults } from "./bench/output/write";
import { type BenchResults, renewed } from "./bench/results";
import { measureAll, PARTS, type Part, type Plan } from "./bench/session";
import { ensureImages } from "./images/build";
import { ensureNginx } from "./images/nginx";
import { projectFolder, toolEnvironment } from "./lib/environment";
import { isProblem, Problem } from "./lib/problem";
import { ensureCompose } from "./set-up/compose";
import { withLock } from "./set-up/lock";
import { cacheFolder } from "./set-up/paths";

interface Options {
	quick?: true;
	only?: Part[];
	renew?: Part[];
	runs?: number;
	rate?: number;
	before?: number;
	out?: string;
}

/** Odd, so that the median is one that was measured. */
const FULL: Plan["runs"] = { ways: 5, ups: 3, pairs: 7, stretchSeconds: 5 };
const QUICK: Plan["runs"] = { ways: 1, ups: 1, pairs: 3, stretchSeconds: 2 };

function wholeNumber(max: number): (text: string) => number {
	return (text) => {
		const number = Number(text);
		if (!Number.isInteger(number) || number < 1 || number > max)
			throw new InvalidArgumentError(`A whole number from 1 to ${max}.`);
		return number;
	};
}

const program = new Command()
	.name("npm run bench --")
	.description(
		"Releases the sample shop under load in five ways, this project and four that it replaces, and measures what the visitors notice; then the time that `pulumi up` takes, and the throughput of the proxy. A full run takes about 35 minutes and rewrites docs/benchmarks.md; leave the machine alone meanwhile. Everything that it starts is removed at the end.",
	)
	.option("--quick", "one release of each way, one shape: about 5 minutes")
	.addOption(new Option("--only <part...>", "measure only these").choices(PARTS))
	.addOption(
		new Option(
			"--renew <part...>",
			"measure only these, and put them in place of what benchmarks.json in the folder has of them",
		)
			.choices(PARTS)
			.conflicts(["only", "quick"]),
	)
	.option(
		"--runs <n>",
		"releases of each way, and ups of each kind (default: 5 and 3, with --quick 1)",
		wholeNumber(50),
	)
	.option("--rate <n>", "requests a second (default: 250)", wholeNumber(2_000))
	.option("--before <seconds>", "how long the load runs before each release (default: 8)", wholeNumber(120))
	.option("--out <folder>", "where to write (default: docs after a full run, else .bench)")
	.action(bench);

async function bench({ quick, only, renew, runs, rate, before, out }: Options): Promise<void> {
	const plan: Plan = {
		parts: renew ?? only ?? PARTS,
		quick: quick === true,
		runs: { ...(quick ? QUICK : FULL), ...(runs !== undefined && { ways: runs, ups: runs }) },
		load: {
			ratePerSecond: rate ?? DEFAULT_LOAD.ratePerSecond,
			secondsBefore: before ?? DEFAULT_LOAD.secondsBefore,
		},
	};
	const usual = rate === undefined && before === undefined;
	const full = usual && !quick && only === undefined && runs === undefined;
	const folder = path.resolve(projectFolder, out ?? (full ? "docs" : ".bench"));
	const interrupt = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		process.on(signal, () => {
			if (interrupt.signal.aborted) return;
			console.error("\nInterrupted. What was started is being removed …");
			interrupt.abort(new Problem("Interrupted: nothing was written. What it had started is removed."));
		});
	}
	process.env.PATH = toolEnvironment().PATH;
	const lock = path.join(cacheFolder(), "bench.lock");
	const older = renew === undefined ? undefined : olderResults(folder);
	const work = () => measure(plan, folder, interrupt.signal, older);
	// Two at once would measure each other.
	await withLock(lock, say, work, 5_000, { name: "benchmark", command: "npm run bench" });
}

/** @throws Problem where there are none. */
function olderResults(folder: string): BenchResults {
	const file = path.join(folder, "benchmarks.json");
	try {
		return JSON.parse(readFileSync(file, "utf8")) as BenchResults;
	} catch (error) {
		throw new Problem(`--renew needs the results of a whole run: ${(error as Error).message}`);
	}
}

async function measure(
	plan: Plan,
	folder: string,
	signal: AbortSignal,
	older: BenchResults | undefined,
): Promise<void> {
	const images = await ensureImages({ log: say });
	const nginxImage = await ensureNginx(images.source, say);
	const compose = await ensureCompose(say);
	const temporary = mkdtempSync(path.join(tmpdir(), "blue-green-bench-"));
	const host = new Host(images, temporary, signal);
	try {
		// What a run that was killed could not remove.
		await host.removeEverything();
		const measured = await measureAll(host, { nginxImage, compose }, plan, say);
		const results = older === undefined ? measured : renewed(older, measured, plan.parts);
		const files = writeResults(results, folder);
		console.log(`\nWritten: ${files.map((file) => path.relative(process.cwd(), file)).join(", ")}`);
		const problems = [
			...measured.problems.map(({ text }) => text),
			...measured.ways.flatMap(({ problem }) => problem ?? []),
		];
		if (problems.length > 0) throw new Problem(`Not everything could be measured:\n${problems.join("\n")}`);
	} finally {
		await host.removeEverything();
		rmSync(temporary, { recursive: true, force: true });
	}
}

function say(line: string): void {
	console.log(`bench: ${line}`);
}

program.parseAsync().catch((error: unknown) => {
	process.exitCode = 1;
	console.error(isProblem(error) ? `\n${error.message}` : error);
});

import { LATENCY_LOAD } from "../measure/latency";
import type { NoOpPair } from "../measure/no-op";
import { CONNECTIONS, SECONDS_AFTER } from "../measure/release";
import type { BenchResults } from "../results";
import { REPLICAS } from "../ways/shop";
import {
	cutoverTable,
	latencyTable,
	noOpTable,
	runsTable,
	stageTable,
	throughputTable,
	upTable,
	waysTable,
} from "./tables";

/** The whole page, from one run's results; nothing in it is written by hand. */
export function documentOf(results: BenchResults): string {
	const { ways, latency, upTimes, noOp = [], throughput } = results;
	return [
		head(results),
		...(ways.length > 0 ? [waysPart(results)] : []),
		...(latency.length > 0 ? [latencyPart(results)] : []),
		...(upTimes.length > 0 ? [upPart(results)] : []),
		...(noOp.length > 0 ? [noOpPart(noOp)] : []),
		...(throughput.length > 0 ? [throughputPart(results)] : []),
		problemsPart(results),
		LIMITS,
	]
		.filter((part) => part !== "")
		.join("\n\n")
		.concat("\n");
}

function head({ startedAt, durationMs, quick, machine, versions, renewed = {} }: BenchResults): string {
	const { processor, cores, memoryGiB, system, kernel, loadBefore } = machine;
	const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
	return `# Benchmarks

Written by \`npm run bench${quick ? " -- --quick` (one release of each way: no figures to rely on)" : "`"} on ${startedAt.slice(0, 10)}, in ${Math.round(durationMs / 60_000)} minutes, all on one machine:
${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Linux ${kernel}.
${programs.join(", ")}.

The client, the proxy, the shop, its databases, Docker and Pulumi share these cores. So times are to be compared with each
other, not taken as what a larger machine does. Other work on the machine before it began: a load average of ${loadBefore.toFixed(1)}.
The raw figures are in \`benchmarks.json\`.${renewedText(renewed)}`;
}

function renewedText(renewed: Readonly<Record<string, string>>): string {
	const parts = Object.entries(renewed).map(
		([part, at]) => `${part} (${at.slice(0, 16).replace("T", " ")} UTC)`,
	);
	return parts.length === 0 ? "" : `\nMeasured again after the rest, with \`--renew\`: ${parts.join(", ")}.`;
}

function waysPart({ ways, load }: BenchResults): string {
	const recipes = ways.map(({ title, recipe }) => `- **${title}**: ${recipe}`);
	return `## Five ways to release

The sample shop, ${REPLICAS} replicas of the same images with PostgreSQL and Redis, is released from blue 1.0.0 to green 2.0.0 under
the same load: ${load.ratePerSecond} requests/s in an open loop over ${CONNECTIONS} kept connections, GET and POST, from a client that never retries,
${load.secondsBefore} s before the command and ${SECONDS_AFTER} s after its end. All ways are up all the time; they are measured in turn, and in each round
another one comes first. Requests are added up over all releases; times and memory are medians of them.

${recipes.join("\n")}

${waysTable(ways)}

A request failed when its connection broke, its status was not the expected one, or its answer was cut short or too late.
The longest gap is the longest time between two successes. The second of the switch is the one around the first answer of
green, or around the last one of blue where that was earlier; it has no p99 ("–") when more than 1 % of its requests
failed. The command ends when it gives the shell back, which says nothing on whether the new color is ready.

![Requests and latency around the switch](benchmarks.svg)

The picture shows one release of each way: the one with the median of failed requests. Each by itself:

${runsTable(ways)}`;
}

function latencyPart({ latency }: BenchResults): string {
	const { ratePerSecond, secondsBefore } = LATENCY_LOAD;
	return `## Latency in the second of the switch

This project's release under ${ratePerSecond} requests/s over ${CONNECTIONS} kept connections, ${latency.length} times with \`services.web.warmUp\` (300 requests to each new
replica in the 5 s before the switch) and ${latency.length} times without, in turn. Before is the ${secondsBefore} s before the command. The requests are light
(\`/version\`), so that the machine, which runs the client and Pulumi as well, does not queue them by itself.

${latencyTable(latency)}`;
}

function upPart({ upTimes }: BenchResults): string {
	const runs = upTimes[0]?.noOp.length ?? 0;
	return `## How long \`pulumi up\` takes

No load, both colors warm. A release gives the standby color new containers and then the traffic; a rollback gives the traffic
back to a color that still runs. Medians of ${runs} ${runs === 1 ? "run" : "runs"}, with preview. "1 × 4" is one service with 4 replicas in each
color; there are no workers.

${upTable(upTimes)}

${stageTable(upTimes)}

"containers" is everything from the end of the preview to the gate: the program, Pulumi's own work, the new containers.

${cutoverTable(upTimes)}`;
}

function noOpPart(noOp: readonly NoOpPair[]): string {
	return `## What \`pulumi up\` takes where nothing has changed

The sample shop's stack as the demo has it, with its databases, migrations and worker, and the program that \`pulumi new typescript\`
makes, without a resource, in turn (${noOp.length} pairs, the order changes from pair to pair). Both with preview, the same CLI and SDK, and
a state in a folder. The processor time is that of Pulumi and of all that it starts.

${noOpTable(noOp)}`;
}

function throughputPart({ throughput }: BenchResults): string {
	return `## What the route costs

The proxy of a real stack, with the Caddyfile that the program rendered and with one that has only \`reverse_proxy\`, loaded in
turn (${throughput.length} pairs, the order changes from pair to pair): the same process, container and port. ${CONNECTIONS} connections in a closed loop;
the upstreams are Caddy's own \`respond\`, so that the proxy is what limits. With an application that does any work, the
difference is less than this. The processor time is the container's, from its control group: it is hardly disturbed by
what else runs, throughput is.

${throughputTable(throughput)}`;
}

function problemsPart({ ways, problems }: BenchResults): string {
	const all = [
		...ways.flatMap(({ title, problem }) => (problem === undefined ? [] : [`${title}: ${problem}`])),
		...problems.map(({ text }) => text),
	];
	if (all.length === 0) return "";
	return `## What could not be measured\n\n${all.map((text) => `- ${text.replaceAll("\n", "\n  ")}`).join("\n")}`;
}

const LIMITS = `## What these figures say, and what they do not

- They compare ways to release, each set up as its users do it, with one application that finishes its requests on SIGTERM.
  One that does not loses more wherever its containers are stopped at once.
- A client that retries, as browsers do for GET, hides many of the failures that are counted here. A POST must not be sent
  twice.
- Caddy reload has both colors running and starts nothing, so its command is over in a moment; starting and checking the
  new containers would come on top, as in the other ways.
- The memory of two proxies of different make says little; that of one proxy before and during the switch says what the
  switch costs.
- One host, HTTP/1.1, plain HTTP, small answers, requests of milliseconds. Nothing is said here on TLS, HTTP/2, long requests or
  WebSockets.`;

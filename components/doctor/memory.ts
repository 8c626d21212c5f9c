import { sizeText } from "../plan/backups";
import { type Fact, type Finding, finding } from "./finding";
import type { NeededContainer } from "./needs";

/** Memory of a Docker host. */
export interface Memory {
	readonly totalBytes: number;
	/** What can be had without taking it from somebody: Linux's MemAvailable. */
	readonly available: Fact<number>;
}

/** What a look at a stack's own containers shows of their memory. */
export interface RunningMemory {
	/** Names of those that are there. */
	readonly present: readonly string[];
	/** What each takes now, by name; a preview does not ask. */
	readonly usedBytes?: Readonly<Record<string, number>>;
}

/** Whether both colors, the databases and the proxy have room beside each other. */
export function judgeMemory(
	memory: Fact<Memory>,
	needed: readonly NeededContainer[],
	running: Fact<RunningMemory>,
): Finding {
	if ("why" in memory) return finding("memory", "unknown", `the host's memory cannot be seen: ${memory.why}`);
	const { totalBytes, available } = memory.known;
	const limits = sum(needed.map(({ memoryBytes }) => memoryBytes ?? 0));
	const unlimited = unique(
		needed.flatMap(({ what, memoryBytes }) => (memoryBytes === undefined ? what : [])),
	);
	const total = limitsText(limits, totalBytes, unlimited);

	const start = "known" in running ? starting(needed, running.known) : undefined;
	if (start !== undefined && "known" in available && start.likely > available.known)
		return finding(
			"memory",
			"problem",
			`${start.likelyNames} will take about ${sizeText(start.likely)}, by what the other color takes; ${sizeText(available.known)} are available: the kernel will end something`,
			"docker stats --no-stream",
		);
	if (limits > totalBytes)
		return finding(
			"memory",
			"warning",
			`${total}: where all take what they may, the kernel ends something`,
			limitTheLargest(needed),
		);
	if (start !== undefined && "known" in available && start.limits > available.known)
		return finding(
			"memory",
			"warning",
			`${start.names} may take ${sizeText(start.limits)}; ${sizeText(available.known)} are available`,
			limitTheLargest(start.fresh),
		);
	if ("why" in running)
		return finding("memory", "unknown", `${total}; what starts anew is not known: ${running.why}`);
	if ("why" in available)
		return finding("memory", "unknown", `${total}; what is available cannot be seen: ${available.why}`);
	const room = `${sizeText(available.known)} are available`;
	if (start !== undefined && start.unsized.length > 0)
		return finding(
			"memory",
			"unknown",
			`${room}, but what ${unique(start.unsized.map(({ what }) => what)).join(", ")} will take is not known: no limit is set`,
			`pulumi config set --path ${start.unsized[0]?.limitSetting} <MiB>`,
		);
	return finding("memory", "ok", `${total}; ${room}`);
}

function limitsText(limits: number, totalBytes: number, unlimited: readonly string[]): string {
	const host = `the host has ${sizeText(totalBytes)}`;
	const without = unlimited.length > 0 ? ` (without a limit: ${unlimited.join(", ")})` : "";
	if (limits === 0) return `no container has a limit; ${host}`;
	return `both colors, databases and proxy may take ${sizeText(limits)} by their limits${without}; ${host}`;
}

interface Starting {
	/** For people: "green web, green worker". */
	readonly names: string;
	/** By their limits. */
	readonly limits: number;
	/** By what the same containers of the other color take now, as far as they run. */
	readonly likely: number;
	/** Those of which that is known. */
	readonly likelyNames: string;
	/** Those of which neither is known. */
	readonly unsized: readonly NeededContainer[];
	readonly fresh: readonly NeededContainer[];
}

/** What starts beside that which runs: a container that is replaced takes the room of the one before it. */
function starting(needed: readonly NeededContainer[], { present, usedBytes = {} }: RunningMemory): Starting {
	const fresh = needed.filter(({ container, declared }) => declared && !present.includes(container));
	const useOf = ({ alike }: NeededContainer): number | undefined => {
		const uses = alike.flatMap((other) => usedBytes[other] ?? []);
		return uses.length === 0 ? undefined : Math.max(...uses);
	};
	return {
		fresh,
		names: unique(fresh.map(({ what }) => what)).join(", "),
		limits: sum(fresh.map((one) => one.memoryBytes ?? useOf(one) ?? 0)),
		likely: sum(fresh.map((one) => useOf(one) ?? 0)),
		likelyNames: unique(fresh.filter((one) => useOf(one) !== undefined).map(({ what }) => what)).join(", "),
		unsized: fresh.filter((one) => one.memoryBytes === undefined && useOf(one) === undefined),
	};
}

function limitTheLargest(containers: readonly NeededContainer[]): string {
	const [largest] = containers.toSorted((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
	return `pulumi config set --path ${largest?.limitSetting} <less>`;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, one) => total + one, 0);
}

function unique(texts: readonly string[]): string[] {
	return [...new Set(texts)];
}

import { deployedOn } from "../../plan/deployed";
import { LABEL, proxyName } from "../../plan/names";
import { compare, servingColors } from "../../plan/strays";
import { sameShare } from "../../plan/trial";
import { percentText } from "../../plan/trial-text";
import { COLORS } from "../../settings/schema";
import type { Traffic } from "../caddy/traffic";
import { trafficNow, trafficRecorded, trafficText } from "./traffic";
import type { HostStatus, SeenContainer, StateStatus, WantedStatus } from "./types";

/** Something that a person should know of. */
export interface Finding {
	/** ill: something does not work. drift: what is, is not what the state says. note: as it should be, but not for ever. */
	readonly kind: "ill" | "drift" | "note";
	readonly text: string;
	/** The command that comes next; unset: there is nothing to do. */
	readonly next?: string;
}

/** What mends most differences: the state learns the truth, and then the truth is brought to the settings. */
const REFRESH = "pulumi refresh && pulumi up";

/**
 * Compares what is with what the state says and what the settings want, and tells what is ill. What is ill comes first.
 *
 * @param prefix Names of the stack's containers begin with it.
 * @param state Undefined: it could not be read.
 * @param wanted Undefined: the settings could not be read.
 */
export function findings(
	host: HostStatus,
	state: StateStatus | undefined,
	wanted: WantedStatus | undefined,
	prefix: string,
): Finding[] {
	const deployed = host.containers.length > 0 || state?.cutover !== undefined;
	const all = deployed
		? [
				...proxyFindings(host, prefix),
				...containerFindings(host),
				...(state ? stateFindings(host, state, prefix) : []),
				...releaseFindings(host, prefix),
				...(wanted && (state?.pending.length ?? 0) === 0 ? wantedNotes(host, wanted) : []),
				...trafficNotes(host),
			]
		: [{ kind: "note" as const, text: "Nothing is deployed yet.", next: "pulumi up" }];
	const order: Finding["kind"][] = ["ill", "drift", "note"];
	return all.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

function proxyFindings({ containers, proxy }: HostStatus, prefix: string): Finding[] {
	const name = proxyName(prefix);
	const container = containers.find((one) => one.name === name);
	if (container === undefined)
		return [
			{ kind: "ill", text: `There is no proxy ${name}: nothing is served.`, next: "pulumi up --refresh" },
		];
	if (container.status !== "running")
		return [
			{
				kind: "ill",
				text: `The proxy ${name} does not run (${endText(container)}): nothing is served.`,
				next: `docker start ${name}`,
			},
		];
	if (proxy?.problem !== undefined)
		return [
			{
				kind: "ill",
				text: `Caddy's admin API does not answer: ${proxy.problem}`,
				next: `docker logs --tail 50 ${name}`,
			},
		];
	if (proxy?.runsItsCaddyfile !== false) return [];
	return [{ kind: "drift", text: "Caddy runs another configuration than its Caddyfile.", next: REFRESH }];
}

function containerFindings({ containers, switchValue }: HostStatus): Finding[] {
	const serving = servingColors(switchValue);
	const found = containers.flatMap((one): Finding[] => {
		const role = one.labels[LABEL.role];
		if (role !== "service" && role !== "database") return [];
		const { name, status, health, restarts, readiness } = one;
		const next = `docker logs --tail 50 ${name}`;
		if (status === "running" && health === "unhealthy")
			return [{ kind: "ill", text: `${name} is unhealthy by its own check.`, next }];
		if (status === "running" && readiness?.ready === false)
			return [{ kind: "ill", text: `${name} is not ready: ${readiness.seen}`, next }];
		if (status === "running" && restarts === 0) return [];
		if (status === "running")
			return [{ kind: "note", text: `${name} was started again by Docker ${times(restarts)}.`, next }];
		const start = status === "exited" || status === "created" ? `docker start ${name}` : next;
		return [{ kind: "ill", text: `${name} does not run: ${endText(one)}.`, next: start }];
	});
	const lost = serving.filter((color) => {
		const own = containers.filter(({ labels }) => labels[LABEL.color] === color);
		return !own.some(({ status }) => status === "running");
	});
	const outages = lost.map((color): Finding => {
		const text = `${color} has traffic, and none of its containers runs: visitors get errors.`;
		return { kind: "ill", text, next: "pulumi up --refresh" };
	});
	const begun = containers.some(({ labels }) => labels[LABEL.role] === "service");
	if (serving.length === 0 && begun) {
		const text = "Nobody serves: the first release failed or was interrupted, or still runs.";
		outages.push({ kind: "ill", text, next: "npm run history, then: pulumi up" });
	}
	return [...outages, ...found];
}

function endText({ status, exitCode, outOfMemory }: SeenContainer): string {
	if (status !== "exited" && status !== "dead" && status !== "restarting") return status;
	return `${status}, exit code ${exitCode}${outOfMemory ? ", out of memory" : ""}`;
}

function times(count: number): string {
	return count === 1 ? "once" : `${count} times`;
}

function stateFindings(host: HostStatus, state: StateStatus, prefix: string): Finding[] {
	const { stateLost, removable, inUse, missing } = compare(host, state.resources, prefix);
	const pending: Finding[] =
		state.pending.length === 0
			? []
			: [
					{
						kind: "drift",
						text: `An \`up\` runs, or was interrupted while ${state.pending.join(", ")}.`,
						next: "let it end; if none runs: pulumi cancel; pulumi refresh --clear-pending-creates && pulumi up",
					},
				];
	if (stateLost)
		return [
			...pending,
			{
				kind: "drift",
				text: `The state knows nothing of this stack, of which ${host.containers.length} containers are here.`,
				next: "pulumi preview, which says how to get the state back",
			},
		];
	const unknown = [...removable, ...inUse].map(({ name }): Finding => {
		const text = missing.includes(name)
			? `${name} is another container than the one that the state knows.`
			: `${name} is here, and the state does not know it.`;
		return { kind: "drift", text, next: "pulumi preview, which says what becomes of it" };
	});
	const here = new Set(host.containers.map(({ name }) => name));
	const lost = missing.filter((name) => !here.has(name));
	const gone = lost.map((name): Finding => {
		return {
			kind: "drift",
			text: `The state has ${name}, the Docker host does not.`,
			next: "pulumi up --refresh",
		};
	});
	return [...pending, ...trafficFindings(host, state), ...gone, ...unknown];
}

function trafficFindings(host: HostStatus, state: StateStatus): Finding[] {
	const recorded = trafficRecorded(state);
	if (recorded === undefined) return [];
	const now = trafficNow(host);
	const found: Finding[] = [];
	if (!sameTraffic(now, recorded)) {
		const text = `The proxy does something else than the state says: ${trafficText(now)}; by the state, ${trafficText(recorded)}.`;
		found.push({ kind: "drift", text, next: REFRESH });
	}
	const { caddyfile } = state.cutover ?? {};
	if (host.caddyfile !== undefined && caddyfile !== undefined && caddyfile !== host.caddyfile)
		found.push({ kind: "drift", text: "The proxy's Caddyfile is not that of the state.", next: REFRESH });
	return found;
}

export function sameTraffic(a: Traffic, b: Traffic): boolean {
	if (a.serving !== b.serving || a.maintenance !== b.maintenance || a.trial?.to !== b.trial?.to) return false;
	return sameShare(a.trial?.percent ?? 0, b.trial?.percent ?? 0);
}

/** Containers of another release than the one that was recorded last. */
function releaseFindings({ switchValue, releases, ...host }: HostStatus, prefix: string): Finding[] {
	if (switchValue === undefined || releases === undefined) return [];
	const { unfinished = [] } = deployedOn({ ...host, volumes: [], switchValue, releases }, prefix).deployed;
	return unfinished.map((color): Finding => {
		const own = host.containers.filter(({ labels }) => labels[LABEL.color] === color);
		const versions = [...new Set(own.map(({ labels }) => labels[LABEL.version] ?? "?"))].sort().join(" and ");
		const recorded = releases[color]?.version;
		const text =
			recorded === undefined
				? `${color} has containers of ${versions}, which was not released: its \`up\` failed or was interrupted, or still runs.`
				: `${color} has containers of ${versions}, and ${recorded} was released last: an \`up\` failed or was interrupted, or still runs.`;
		return { kind: "drift", text, next: "npm run history, then: pulumi preview" };
	});
}

/** What the next `up` would change, as far as a look at the settings tells. */
function wantedNotes(host: HostStatus, wanted: WantedStatus): Finding[] {
	const now = trafficNow(host);
	const notes: Finding[] = [];
	const add = (text: string) => notes.push({ kind: "note", text, next: "pulumi preview" });
	const onItsWay = now.trial?.to === wanted.activeColor;
	if (now.serving !== "none" && now.serving !== wanted.activeColor && !onItsWay)
		add(`The settings want ${wanted.activeColor} to be active.`);
	if (now.serving !== "none" && now.maintenance !== wanted.maintenance)
		add(`The settings want maintenance ${wanted.maintenance}.`);
	for (const color of COLORS) {
		const [version, released] = [wanted.versions[color], host.releases?.[color]?.version];
		if (version !== undefined && host.releases !== undefined && version !== released)
			add(`The settings want ${color} to be ${version}; released is ${released ?? "nothing"}.`);
	}
	return notes;
}

function trafficNotes(host: HostStatus): Finding[] {
	const { serving, trial, maintenance, heldUntilMs } = trafficNow(host);
	const notes: Finding[] = [];
	const add = (text: string, next?: string) => notes.push({ kind: "note", text, ...(next && { next }) });
	if (trial !== undefined)
		add(
			`${trial.to} has ${percentText(trial.percent)} of the traffic. Unless an \`up\` runs, nobody watches it.`,
			"npm run promote, or npm run abort",
		);
	if (maintenance === "on")
		add("Visitors get the maintenance page.", "pulumi config set maintenance off && pulumi up");
	if (heldUntilMs !== undefined)
		add(`Requests wait at the proxy, until ${new Date(heldUntilMs).toISOString()} at most.`);
	if (serving === "none" && !host.containers.some(({ labels }) => labels[LABEL.role] === "service"))
		add("Nobody serves yet: no color has been released.", "pulumi up");
	if (host.schemaProblem !== undefined) add(`The schema's version could not be read: ${host.schemaProblem}`);
	return notes;
}

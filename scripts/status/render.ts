import { CONTAINER_TYPE } from "../../components/plan/deployed";
import { LABEL, proxyName } from "../../components/plan/names";
import { counted, inFlightText } from "../../components/runtime/in-flight";
import { type Finding, sameTraffic } from "../../components/runtime/status/findings";
import { exitCodeOf, type StatusReport } from "../../components/runtime/status/report";
import { trafficNow, trafficRecorded, trafficText } from "../../components/runtime/status/traffic";
import type { HostStatus, SeenContainer, StateStatus } from "../../components/runtime/status/types";
import { COLORS, type Color, otherColor } from "../../components/settings/schema";
import { switchText } from "../history/render";
import { ageText, columns } from "../lib/columns";
import { type Paint, PLAIN, type Tone } from "../lib/paint";

const MARK: Readonly<Record<Finding["kind"], string>> = { ill: "✗", drift: "≠", note: "·" };

/** The whole of a report, for people. */
export function renderStatus(report: StatusReport, paint: Paint = PLAIN): string {
	const { host, state } = report;
	const seen = "value" in host ? host.value : undefined;
	const recorded = "value" in state ? state.value : undefined;
	return [
		paint("heading", seen === undefined ? report.stack : `${report.stack} at ${timeText(seen.atMs)}`),
		...("problem" in host
			? [paint("drift", `Docker does not answer, so what runs cannot be seen: ${host.problem}`)]
			: []),
		...("problem" in state ? [paint("drift", `The state cannot be read: ${state.problem}`)] : []),
		"",
		...(seen ? facts(seen, recorded, paint) : recorded ? recordedFacts(recorded) : []),
		...(seen ? ["", ...containerTable(seen, recorded, report.prefix, paint)] : []),
		"",
		...report.findings.flatMap((finding) => findingLines(finding, paint)),
		verdict(report, paint),
	].join("\n");
}

/** One line, for where nothing can be drawn anew. */
export function renderLine(report: StatusReport): string {
	const { host, findings } = report;
	if ("problem" in host) return `${timeText(Date.now())} unknown: Docker does not answer: ${host.problem}`;
	const { value: seen } = host;
	const bad = findings.filter(({ kind }) => kind !== "note").map(({ text }) => text);
	const flight = seen.proxy?.inFlight;
	const counts =
		flight && `; in flight: ${COLORS.map((color) => `${color} ${inFlightText(flight[color])}`).join(", ")}`;
	const traffic = `${trafficText(trafficNow(seen), named(seen))}${counts ?? ""}`;
	const at = timeText(seen.atMs);
	if (bad.length > 0) return `${at} not well: ${bad.join(" ")} ${traffic}`;
	return `${at} ${exitCodeOf(report) === 0 ? "well" : "unknown, no state"}: ${traffic}`;
}

function facts(seen: HostStatus, recorded: StateStatus | undefined, paint: Paint): string[] {
	const now = trafficNow(seen);
	const byState = recorded && trafficRecorded(recorded);
	const agreed = byState === undefined || sameTraffic(now, byState);
	const rows: [Tone | undefined, string[]][] = [
		["faint", ["", "is", recorded ? "by the state" : ""]],
		[
			agreed ? undefined : "drift",
			[
				`${agreed ? " " : MARK.drift} traffic`,
				trafficText(now, named(seen)),
				byState === undefined ? "" : agreed ? "the same" : trafficText(byState),
			],
		],
		...standbyRow(seen),
		...(seen.proxy ? proxyRows(seen, seen.proxy, recorded) : []),
		...(seen.schema === undefined ? [] : [[undefined, ["  schema", seen.schema]] as [undefined, string[]]]),
	];
	const last = seen.switches.at(-1);
	if (last !== undefined) {
		const ago = `${ageText(seen.atMs - Date.parse(last.startedAt))} ago`;
		rows.push([undefined, ["  last switch", `${switchText(last)}, ${ago} by ${last.who}`]]);
	}
	const lines = columns(rows.map(([, cells]) => cells));
	return lines.map((line, index) => {
		const tone = rows[index]?.[0];
		return tone === undefined ? line : paint(tone, line);
	});
}

function standbyRow(seen: HostStatus): [undefined, string[]][] {
	const { serving } = trafficNow(seen);
	if (serving !== "blue" && serving !== "green") return [];
	const standby = otherColor(serving);
	const left = seen.switches.findLast(({ to, outcome }) => to === serving && outcome === "succeeded");
	const age = left?.from === standby ? `, for ${ageText(seen.atMs - Date.parse(left.startedAt))}` : "";
	const released = seen.releases?.[standby] !== undefined;
	return [[undefined, ["  standby", released ? `${named(seen)(standby)}${age}` : "none has been released"]]];
}

function proxyRows(
	seen: HostStatus,
	{ caddyVersion, runsItsCaddyfile, inFlight }: NonNullable<HostStatus["proxy"]>,
	recorded: StateStatus | undefined,
): [Tone | undefined, string[]][] {
	const { caddyfile: wanted, proxy } = recorded?.cutover ?? {};
	const differs = wanted !== undefined && seen.caddyfile !== undefined && wanted !== seen.caddyfile;
	const inForce =
		runsItsCaddyfile === undefined
			? "cannot be told"
			: runsItsCaddyfile
				? "in force"
				: "not in force: Caddy runs another one";
	const bad = differs || runsItsCaddyfile === false;
	const byState = wanted === undefined ? "" : differs ? "another one" : "the same";
	const flight = inFlight
		? COLORS.map((color) => `${color} ${inFlightText(inFlight[color])}`).join(", ")
		: "cannot be counted";
	return [
		[undefined, ["  proxy", `Caddy ${caddyVersion ?? "of unknown version"}`, proxy?.url ?? ""]],
		[bad ? "drift" : undefined, [`${bad ? MARK.drift : " "} Caddyfile`, inForce, byState]],
		[undefined, ["  in flight", flight]],
	];
}

/** What is left to say where the Docker host cannot be seen. */
function recordedFacts(recorded: StateStatus): string[] {
	const traffic = trafficRecorded(recorded);
	if (traffic === undefined) return ["By the state, nothing has been released yet."];
	const { releases = {} } = recorded.cutover ?? {};
	const name = (color: Color) => [color, releases[color]?.version].filter(Boolean).join(" ");
	return [`By the state, ${trafficText(traffic, name)}.`];
}

function containerTable(
	seen: HostStatus,
	recorded: StateStatus | undefined,
	prefix: string,
	paint: Paint,
): string[] {
	const known = recorded && idsIn(recorded);
	const there = new Set(seen.containers.map(({ name }) => name));
	const rank = ({ name, labels }: SeenContainer) =>
		name === proxyName(prefix) ? 0 : labels[LABEL.role] === "service" ? 1 : 2;
	const sorted = [...seen.containers].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
	const rows: { tone?: Tone; cells: string[] }[] = sorted.map((one) => {
		const byState = known === undefined ? "" : known.get(one.name) === one.id ? "known" : "not known";
		const ill = one.status !== "running" || one.health === "unhealthy" || one.readiness?.ready === false;
		const drift = byState === "not known";
		return {
			...(ill ? { tone: "ill" as const } : drift ? { tone: "drift" as const } : {}),
			cells: [
				`${ill ? MARK.ill : drift ? MARK.drift : " "} ${one.name}`,
				one.labels[LABEL.version] ?? imageText(one.image),
				one.status === "exited" ? `exited (${one.exitCode})` : one.status,
				healthText(one),
				String(one.restarts),
				one.status === "running" ? ageText(seen.atMs - one.startedAtMs) : "",
				byState,
			],
		};
	});
	for (const name of known?.keys() ?? []) {
		if (there.has(name) || !name.startsWith(`${prefix}-`)) continue;
		rows.push({ tone: "drift", cells: [`${MARK.drift} ${name}`, "", "not there", "", "", "", "known"] });
	}
	if (rows.length === 0) return ["No container of this stack is here."];
	const head = ["  container", "version", "status", "health", "restarts", "for", known ? "to the state" : ""];
	const [first = "", ...lines] = columns([head, ...rows.map(({ cells }) => cells)]);
	return [
		paint("faint", first),
		...lines.map((line, index) => {
			const tone = rows[index]?.tone;
			return tone === undefined ? line : paint(tone, line);
		}),
	];
}

/** As the health gate sees it; where that was not asked, as Docker does. */
function healthText({ readiness, health = "" }: SeenContainer): string {
	if (readiness === undefined || health === "unhealthy") return health;
	return readiness.ready ? "ready" : "not ready";
}

/** Docker's ids of the containers that the state knows, by name. */
export function idsIn({ resources }: StateStatus): Map<string, string> {
	const all = Object.entries(resources).filter(([, { type }]) => type === CONTAINER_TYPE);
	return new Map(all.map(([urn, { outputs }]) => [urn.split("::").at(-1) ?? "", String(outputs.id)]));
}

/** "caddy:2.11-alpine" of "registry.example.com/team/caddy:2.11-alpine"; an id is cut. */
function imageText(image: string): string {
	if (image.startsWith("sha256:")) return image.slice(0, "sha256:".length + 12);
	return image.split("/").at(-1) ?? image;
}

function findingLines({ kind, text, next }: Finding, paint: Paint): string[] {
	const line = `${MARK[kind]} ${text}`;
	return [kind === "note" ? line : paint(kind, line), ...(next === undefined ? [] : [`  Next: ${next}`])];
}

function verdict(report: StatusReport, paint: Paint): string {
	const count = (wanted: Finding["kind"]) => report.findings.filter(({ kind }) => kind === wanted).length;
	const [ill, drift] = [count("ill"), count("drift")];
	if (ill + drift > 0) {
		const parts = [
			...(ill > 0 ? [`${counted(ill, "thing")} ill`] : []),
			...(drift > 0 ? [`${counted(drift, "difference")} from the state`] : []),
		];
		return paint("ill", `Not well: ${parts.join(", ")}.`);
	}
	if (exitCodeOf(report) !== 0) return paint("drift", "Whether all is well cannot be told.");
	return paint("well", "All is well.");
}

function named({ releases }: HostStatus): (color: Color) => string {
	return (color) => [color, releases?.[color]?.version].filter(Boolean).join(" ");
}

function timeText(ms: number): string {
	return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

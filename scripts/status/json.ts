import { LABEL } from "../../components/plan/names";
import { exitCodeOf, type StatusReport } from "../../components/runtime/status/report";
import { trafficNow, trafficRecorded } from "../../components/runtime/status/traffic";
import type { HostStatus, SeenContainer, StateStatus } from "../../components/runtime/status/types";
import { idsIn } from "./render";

/** What `--json` prints: facts only, picked one by one, so that nothing secret of the state can be among them. */
export function statusJson(report: StatusReport): object {
	const { stack, host, state, findings } = report;
	const recorded = "value" in state ? state.value : undefined;
	return {
		stack,
		well: exitCodeOf(report) === 0,
		findings,
		host: "value" in host ? hostJson(host.value, recorded) : host,
		state: "value" in state ? stateJson(state.value) : state,
	};
}

function hostJson(seen: HostStatus, recorded: StateStatus | undefined): object {
	const { serving, trial, maintenance, heldUntilMs } = trafficNow(seen);
	const { releases = {}, served, proxy, schema, switches } = seen;
	const known = recorded && idsIn(recorded);
	const versions = Object.entries(releases).map(([color, { version }]) => [color, version]);
	return {
		at: new Date(seen.atMs).toISOString(),
		traffic: {
			serving,
			...(trial && { trial: { to: trial.to, percent: trial.percent } }),
			maintenance,
			...(heldUntilMs !== undefined && { heldUntil: new Date(heldUntilMs).toISOString() }),
		},
		versions: Object.fromEntries(versions),
		...(served && { served }),
		...(proxy && { proxy }),
		...(schema !== undefined && { schema }),
		containers: seen.containers.map((one) => containerJson(one, known?.get(one.name))),
		...(switches.length > 0 && { lastSwitch: switches.at(-1) }),
	};
}

function containerJson(one: SeenContainer, knownId: string | undefined): object {
	const { name, id, status, health, readiness, restarts, startedAtMs, image, labels } = one;
	const { role, color, service, database, version, revision } = LABEL;
	const label = (key: string, name: string) => (labels[name] === undefined ? {} : { [key]: labels[name] });
	return {
		name,
		id,
		...label("role", role),
		...label("color", color),
		...label("service", service),
		...label("database", database),
		...label("version", version),
		...label("revision", revision),
		image,
		status,
		...(status === "exited" && { exitCode: one.exitCode, outOfMemory: one.outOfMemory }),
		...(health !== undefined && { health }),
		...(readiness && { readiness }),
		restarts,
		startedAt: new Date(startedAtMs).toISOString(),
		inState: knownId === id,
	};
}

function stateJson(recorded: StateStatus): object {
	const { serving, trial, maintenance } = trafficRecorded(recorded) ?? {};
	return {
		...(serving && {
			traffic: { serving, ...(trial && { trial: { to: trial.to, percent: trial.percent } }), maintenance },
		}),
		pending: recorded.pending,
	};
}

import { isDeepStrictEqual } from "node:util";
import type { DatabaseCheckInputs, DatabaseCheckOutputs } from "./database-check";
import type {
	DatabaseReadyInputs,
	DatabaseReadyOutputs,
	HoldInputs,
	HoldOutputs,
	ResumeInputs,
	ResumeOutputs,
} from "./database-update";
import type { DatabaseLoginsInputs, DatabaseLoginsOutputs } from "./databases/store";
import type { Engine } from "./docker/engine";
import type { Reporter } from "./report";
import type {
	CutoverInputs,
	CutoverOutputs,
	DrainInputs,
	DrainOutputs,
	HealthGateInputs,
	HealthGateOutputs,
} from "./steps";
import type { Watch } from "./watch/types";

/**
 * What Pulumi's dynamic provider calls: one object for each resource, found by name from the constant shim.
 * Loaded afresh from disk by every provider process, so a change of this code shows in no diff and is never stale.
 * Only what a call needs is loaded: a preview in which nothing changes reads no Docker client.
 */

type Result<T> = { outs: T };
type Diff = { changes: boolean };

function reporter(resource: string): Reporter {
	// The provider process runs inside Pulumi's own module; its log lands on the stack, without the resource's name.
	const { log } = require("@pulumi/pulumi") as typeof import("@pulumi/pulumi");
	const { statusLine } = require("./status-line") as typeof import("./status-line");
	const status = resource === "cutover" ? statusLine(process.argv[2]) : undefined;
	return {
		info: (message) => void log.info(`${resource}: ${message}`),
		warn: (message) => void log.warn(`${resource}: ${message}`),
		...(status && { status: (message) => status(`${resource}: ${message}`) }),
	};
}

function engine() {
	const { Engine } = require("./docker/engine") as typeof import("./docker/engine");
	return new Engine();
}

/** Whether any of `keys` differs. In a preview a value that is not known yet arrives as Pulumi's marker, and differs. */
function changed<T extends object>(olds: T, news: T, keys: readonly (keyof T)[]): boolean {
	return keys.some((key) => !isDeepStrictEqual(plain(olds[key]), plain(news[key])));
}

/** State is JSON: what was undefined is absent there. */
function plain(value: unknown): unknown {
	return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

const LOGINS_INPUTS = [
	"type",
	"container",
	"containerId",
	"database",
	"access",
	"logins",
	"passwords",
] as const;

export const databaseLogins = {
	async diff(_id: string, olds: DatabaseLoginsOutputs, news: DatabaseLoginsInputs): Promise<Diff> {
		const { rules } = olds;
		return {
			changes:
				changed<DatabaseLoginsInputs>(olds, news, LOGINS_INPUTS) ||
				olds.drift.length > 0 ||
				(await loginsDrift({ ...news, ...(rules && { rules }) }).catch(() => [])).length > 0,
		};
	},
	async create(inputs: DatabaseLoginsInputs): Promise<Result<DatabaseLoginsOutputs> & { id: string }> {
		return { id: "logins", outs: await makeLogins(undefined, inputs) };
	},
	async update(
		_id: string,
		olds: DatabaseLoginsOutputs,
		news: DatabaseLoginsInputs,
	): Promise<Result<DatabaseLoginsOutputs>> {
		return { outs: await makeLogins(olds, news) };
	},
	/** Where the database cannot be asked, the state is believed: the next `up` asks again, and waits for it. */
	async read(
		id: string,
		state: DatabaseLoginsOutputs,
	): Promise<{ id: string; props: DatabaseLoginsOutputs }> {
		const drift = await loginsDrift(state).catch(() => state.drift);
		return { id, props: { ...state, drift } };
	},
};

/** What is otherwise than wanted. @throws Error where the database cannot be asked (a preview on another machine). */
function loginsDrift(inputs: DatabaseLoginsInputs): Promise<string[]> {
	const { loginsDrift } = require("./databases/logins") as typeof import("./databases/logins");
	return loginsDrift(inputs);
}

function makeLogins(
	olds: DatabaseLoginsOutputs | undefined,
	news: DatabaseLoginsInputs,
): Promise<DatabaseLoginsOutputs> {
	const { runDatabaseLogins } = require("./databases/logins") as typeof import("./databases/logins");
	return runDatabaseLogins(engine(), olds, news, reporter(`logins of ${news.container}`));
}

export const healthGate = {
	async diff(_id: string, olds: HealthGateOutputs, news: HealthGateInputs): Promise<Diff> {
		return { changes: changed<HealthGateInputs>(olds, news, ["active", "colors", "proxy"]) };
	},
	async create(inputs: HealthGateInputs): Promise<Result<HealthGateOutputs> & { id: string }> {
		return { id: "health-gate", outs: await runGate(undefined, inputs) };
	},
	async update(
		_id: string,
		olds: HealthGateOutputs,
		news: HealthGateInputs,
	): Promise<Result<HealthGateOutputs>> {
		return { outs: await runGate(olds, news) };
	},
};

function runGate(olds: HealthGateOutputs | undefined, news: HealthGateInputs): Promise<HealthGateOutputs> {
	const { runHealthGate } = require("./health-gate") as typeof import("./health-gate");
	const { recordedGate } = require("./switch-history/record") as typeof import("./switch-history/record");
	const { peekTraffic } = require("./caddy/peek") as typeof import("./caddy/peek");
	const [host, report] = [engine(), reporter("health gate")];
	const work = () => runHealthGate(host, olds, news, report);
	return recordedGate(host, news, report, () => peekTraffic(news.proxy), work);
}

const CUTOVER_INPUTS = [
	"active",
	"maintenance",
	"releases",
	"caddyfile",
	"page",
	"proxy",
	"previewToken",
	"upstreams",
] as const;

export const cutover = {
	async diff(_id: string, olds: CutoverOutputs, news: CutoverInputs): Promise<Diff> {
		const { restsPaused } = require("./trial-rests") as typeof import("./trial-rests");
		const asWanted = olds.activeColor === news.active || restsPaused(olds, news);
		const drifted = !asWanted || !olds.caddyfileInForce;
		return {
			changes: drifted || changed<CutoverInputs>(olds, news, CUTOVER_INPUTS) || (await movedByHand(olds)),
		};
	},
	async create(inputs: CutoverInputs): Promise<Result<CutoverOutputs> & { id: string }> {
		return { id: "cutover", outs: await cutOver(undefined, inputs) };
	},
	async update(_id: string, olds: CutoverOutputs, news: CutoverInputs): Promise<Result<CutoverOutputs>> {
		return { outs: await cutOver(olds, news) };
	},
	async read(id: string, state: CutoverOutputs): Promise<{ id: string; props: CutoverOutputs }> {
		const { readCutover } = require("./read-cutover") as typeof import("./read-cutover");
		return { id, props: await readCutover(engine(), state) };
	},
};

function cutOver(olds: CutoverOutputs | undefined, news: CutoverInputs): Promise<CutoverOutputs> {
	const { gateOfThisUp, runCutover } = require("./cutover") as typeof import("./cutover");
	const { recordedSwitch } = require("./switch-history/record") as typeof import("./switch-history/record");
	const { peekServing, peekTraffic } = require("./caddy/peek") as typeof import("./caddy/peek");
	const { notify } = news;
	const { container } = news.proxy;
	const [host, report] = [engine(), reporter("cutover")];
	const move = () => runCutover(host, olds, news, report, watchTraffic);
	const gate = gateOfThisUp(news.gate, new Date());
	const work = () => recordedSwitch(host, news, gate, report, () => peekTraffic(container), move);
	if (notify === undefined) return work();
	const { announced } = require("./notify") as typeof import("./notify");
	return announced({ ...news, notify }, report, () => peekServing(container), work);
}

/** Undefined: there is no time in which anything could be looked at. */
async function watchTraffic(
	engine: Engine,
	news: CutoverInputs,
	report: Reporter,
): Promise<Watch | undefined> {
	if (news.trial === undefined && (news.observe?.windowMs ?? 0) === 0) return undefined;
	const { openWatch } = require("./watch/watch") as typeof import("./watch/watch");
	const { watchPolicy } = require("./watch/policy") as typeof import("./watch/policy");
	return openWatch(engine, news.proxy.container, news.active, watchPolicy(news), report);
}

/**
 * Whether the proxy does something else than the state says: after a killed `up`, the switch may have happened and the
 * state not know it. Where the Engine cannot be reached (a preview on another machine) the state is believed.
 */
async function movedByHand(state: CutoverOutputs): Promise<boolean> {
	const { peekTraffic } = require("./caddy/peek") as typeof import("./caddy/peek");
	const { isAsRecorded } = require("./trial-rests") as typeof import("./trial-rests");
	try {
		return !isAsRecorded(state, await peekTraffic(state.proxy.container));
	} catch {
		return false;
	}
}

export const drain = {
	async diff(_id: string, olds: DrainOutputs, news: DrainInputs): Promise<Diff> {
		return { changes: changed<DrainInputs>(olds, news, ["active"]) || news.givenUp === true };
	},
	async create(inputs: DrainInputs): Promise<Result<DrainOutputs> & { id: string }> {
		// The first release: there is no old color.
		return { id: "drain", outs: { ...inputs } };
	},
	async update(_id: string, olds: DrainOutputs, news: DrainInputs): Promise<Result<DrainOutputs>> {
		const { active } = news;
		// On trial: both colors have visitors, and neither is to lose them.
		if (active === "shared")
			return { outs: { ...news, ...(olds.lastDrain && { lastDrain: olds.lastDrain }) } };
		const { runDrain } = require("./drain") as typeof import("./drain");
		const { recordDrain } = require("./switch-history/record") as typeof import("./switch-history/record");
		const [host, report] = [engine(), reporter("drain")];
		const outs = await runDrain(host, { ...news, active }, report);
		if (outs.lastDrain) await recordDrain(host, news.proxy, active, outs.lastDrain, report);
		const ended = outs.lastDrain?.outcome;
		// What a drain was given up for may be looked into yet.
		if (news.oldImages !== undefined && ended !== "timed-out" && ended !== "not-counted") {
			const { tidyImages } = require("./old-images") as typeof import("./old-images");
			await tidyImages(host, news.proxy, news.oldImages, reporter("images"));
		}
		return { outs };
	},
};

export const databaseCheck = {
	async diff(_id: string, olds: DatabaseCheckOutputs, news: DatabaseCheckInputs): Promise<Diff> {
		return { changes: changed<DatabaseCheckInputs>(olds, news, ["image", "volume", "parameters"]) };
	},
	async create(inputs: DatabaseCheckInputs): Promise<Result<DatabaseCheckOutputs> & { id: string }> {
		return { id: "database-check", outs: await checkDatabase(inputs) };
	},
	async update(
		_id: string,
		_olds: DatabaseCheckOutputs,
		news: DatabaseCheckInputs,
	): Promise<Result<DatabaseCheckOutputs>> {
		return { outs: await checkDatabase(news) };
	},
};

function checkDatabase(inputs: DatabaseCheckInputs): Promise<DatabaseCheckOutputs> {
	const { runDatabaseCheck } = require("./database-check") as typeof import("./database-check");
	return runDatabaseCheck(engine(), inputs, reporter(`database ${inputs.database}`));
}

export const databaseHold = {
	async diff(_id: string, olds: HoldOutputs, news: HoldInputs): Promise<Diff> {
		// Why it changes is for people, and is another text every time.
		const plainly = ({ databases, ...path }: HoldInputs) => ({
			...path,
			databases: Object.fromEntries(
				Object.entries(databases).map(([name, one]) => [name, { ...one, why: "" }]),
			),
		});
		const known = typeof news.databases === "object" && typeof news.proxy === "string";
		if (!known || changed(plainly(olds), plainly(news), ["proxy", "prefix", "holdForMs", "databases"]))
			return { changes: true };
		const { holdIsDue } = require("./database-hold") as typeof import("./database-hold");
		// Where the Engine cannot be reached (a preview on another machine) the state is believed.
		return { changes: await holdIsDue(news.proxy, news.databases).catch(() => false) };
	},
	async create(inputs: HoldInputs): Promise<Result<HoldOutputs> & { id: string }> {
		return { id: "hold", outs: await runHold(undefined, inputs) };
	},
	async update(_id: string, olds: HoldOutputs, news: HoldInputs): Promise<Result<HoldOutputs>> {
		return { outs: await runHold(olds, news) };
	},
};

function runHold(olds: HoldOutputs | undefined, news: HoldInputs): Promise<HoldOutputs> {
	const step = require("./database-hold") as typeof import("./database-hold");
	return step.runHold(engine(), olds, news, reporter("hold"));
}

export const databaseReady = {
	async diff(_id: string, olds: DatabaseReadyOutputs, news: DatabaseReadyInputs): Promise<Diff> {
		return { changes: changed<DatabaseReadyInputs>(olds, news, ["container", "containerId"]) };
	},
	async create(inputs: DatabaseReadyInputs): Promise<Result<DatabaseReadyOutputs> & { id: string }> {
		return { id: "ready", outs: await runReady(inputs) };
	},
	async update(
		_id: string,
		_olds: DatabaseReadyOutputs,
		news: DatabaseReadyInputs,
	): Promise<Result<DatabaseReadyOutputs>> {
		return { outs: await runReady(news) };
	},
};

function runReady(inputs: DatabaseReadyInputs): Promise<DatabaseReadyOutputs> {
	const { runDatabaseReady } = require("./database-ready") as typeof import("./database-ready");
	return runDatabaseReady(engine(), inputs, reporter(`database ${inputs.name}`));
}

export const databaseResume = {
	async diff(_id: string, olds: ResumeOutputs, news: ResumeInputs): Promise<Diff> {
		return { changes: changed<ResumeInputs>(olds, news, ["proxy", "prefix", "databases", "hold"]) };
	},
	async create(inputs: ResumeInputs): Promise<Result<ResumeOutputs> & { id: string }> {
		return { id: "resume", outs: await runResume(undefined, inputs) };
	},
	async update(_id: string, olds: ResumeOutputs, news: ResumeInputs): Promise<Result<ResumeOutputs>> {
		return { outs: await runResume(olds, news) };
	},
};

function runResume(olds: ResumeOutputs | undefined, news: ResumeInputs): Promise<ResumeOutputs> {
	const step = require("./database-resume") as typeof import("./database-resume");
	return step.runResume(engine(), olds, news, reporter("resume"));
}

import { ProxyFiles } from "./caddy/files";
import { servingSentence } from "./caddy/world";
import type { DatabaseReadyInputs, DatabaseReadyOutputs } from "./database-update";
import type { ContainerState, Engine } from "./docker/engine";
import { exec } from "./docker/exec";
import { release } from "./hold";
import { durationText, excerpt, indented, type Reporter, StepError, sleep } from "./report";

const INTERVAL_MS = 200;
/** A line for a person who waits, this often. */
const PROGRESS_MS = 10_000;
/** Docker starts a container again that ends; one that has ended so often will not do better. */
const RESTARTS = 3;

/**
 * Waits until a database answers. Asks by its own health command, more often than Docker does: every request waits for it.
 *
 * @throws StepError with the last thing seen and the last log lines. Requests that waited have been let go then.
 */
export async function runDatabaseReady(
	engine: Engine,
	news: DatabaseReadyInputs,
	report: Reporter,
): Promise<DatabaseReadyOutputs> {
	const { name, container, hold } = news;
	const start = performance.now();
	const passedMs = () => Math.round(performance.now() - start);
	let nextLine = PROGRESS_MS;
	for (;;) {
		const { state, seen } = await look(engine, container);
		if (state === "ready") break;
		if (state === "dead" || passedMs() + INTERVAL_MS > news.deadlineMs)
			throw await notBack(engine, news, seen, passedMs());
		if (passedMs() > nextLine) {
			nextLine += PROGRESS_MS;
			report.info(`does not answer yet, after ${durationText(passedMs())}: ${seen}`);
		}
		await sleep(INTERVAL_MS);
	}
	const readyAtMs = Date.now() + (await engine.clockOffsetMs());
	if (hold?.databases[name] === undefined) return { ...news, readyAtMs, outageMs: null };
	const stoppedAtMs = await engine.stoppedSince(container, hold.startedAtMs);
	// No stop since the hold began: it is another `up` that has replaced it.
	if (stoppedAtMs === undefined) return { ...news, readyAtMs, outageMs: null };
	const outageMs = Math.max(0, Math.round(readyAtMs - stoppedAtMs));
	report.info(`answers again, after ${durationText(outageMs)}`);
	return { ...news, readyAtMs, outageMs };
}

interface Look {
	readonly state: "ready" | "wait" | "dead";
	readonly seen: string;
}

async function look(engine: Engine, container: string): Promise<Look> {
	const is = await engine.inspect(container);
	if (is === undefined) return { state: "dead", seen: "there is no such container" };
	if (is.status === "exited" || is.status === "dead") return { state: "dead", seen: endText(is) };
	if (is.status === "restarting") {
		const state = is.restarts >= RESTARTS ? "dead" : "wait";
		return { state, seen: `${endText(is)}, and was started again ${is.restarts} times` };
	}
	if (is.status !== "running") return { state: "wait", seen: `it is ${is.status}` };
	if (is.health === "healthy" || is.healthCommand === undefined) return { state: "ready", seen: "" };
	try {
		const { exitCode, stdout, stderr } = await exec(engine, container, is.healthCommand, {}, 5_000);
		if (exitCode === 0) return { state: "ready", seen: "" };
		const told = excerpt(`${stdout}${stderr}`, 400);
		return { state: "wait", seen: `its health command ends with ${exitCode}${told && `: ${told}`}` };
	} catch (error) {
		// It may have ended just now; the next look says so.
		return { state: "wait", seen: `its health command cannot be run: ${(error as Error).message}` };
	}
}

function endText({ exitCode, outOfMemory }: ContainerState): string {
	return `it has ended (exit code ${exitCode}${outOfMemory ? ", out of memory" : ""})`;
}

async function notBack(
	engine: Engine,
	{ name, container, proxy, hold }: DatabaseReadyInputs,
	seen: string,
	afterMs: number,
): Promise<StepError> {
	const logs = await engine.lastLogLines(container);
	const after = `after ${durationText(afterMs)}`;
	const updated = hold?.databases[name] !== undefined;
	return new StepError(
		[
			`The database ${name} (${container}) ${updated ? "did not come back" : "does not answer"}, ${after}: ${seen}`,
			...(logs.length === 0 ? [] : ["  its last log lines:", indented(logs)]),
			...(proxy === undefined ? [] : [await letGo(engine, proxy)]),
			`Next: docker logs ${container}; then give ${name} the settings that it had before (pulumi config set --path databases.${name}.…), and: pulumi up`,
		].join("\n"),
	);
}

/** What becomes of the requests: nobody waits for a database that does not come. */
async function letGo(engine: Engine, proxy: string): Promise<string> {
	const files = new ProxyFiles(engine, proxy);
	try {
		const held = await release(files);
		const who = await servingSentence(engine, proxy);
		return held
			? `Requests that waited at the proxy were let go; the application answers them as it can without the database. ${who}`
			: who;
	} catch {
		return "Requests that wait at the proxy are let go when the time of the hold is over.";
	} finally {
		files.close();
	}
}

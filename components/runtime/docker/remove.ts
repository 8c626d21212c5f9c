import { call } from "./call";

/** A database writes what it has on SIGTERM; a service's container knows its own time. */
const DATABASE_STOP_SECONDS = 60;
/** Longest time for one answer, the time that a container has to stop among it. */
const DEADLINE_MS = 180_000;

/**
 * Stops a container as it wants to be stopped, and removes it; its volumes stay.
 * @throws Error where Docker would not. One that is gone already is no error.
 */
export async function removeContainer(id: string, role: string | undefined): Promise<void> {
	const time = role === "database" ? `t=${DATABASE_STOP_SECONDS}` : "";
	expectDone(await call("POST", `/containers/${id}/stop?${time}`, DEADLINE_MS), `stop container ${id}`);
	expectDone(await call("DELETE", `/containers/${id}?force=1`, DEADLINE_MS), `remove container ${id}`);
}

/**
 * @returns whether it is gone; Docker keeps a network that containers are attached to.
 * @throws Error where Docker would not for another reason.
 */
export async function removeNetwork(id: string): Promise<boolean> {
	const answer = await call("DELETE", `/networks/${id}?`, DEADLINE_MS);
	if (answer.status === 403) return false;
	expectDone(answer, `remove network ${id}`);
	return true;
}

/** 304: stopped already; 404: gone; 409: its removal is under way. */
function expectDone({ status, body }: { status: number; body: Buffer }, what: string): void {
	if ([200, 204, 304, 404, 409].includes(status)) return;
	throw new Error(`Docker did not ${what}: it answered ${status}: ${body.toString("utf8").trim()}`);
}

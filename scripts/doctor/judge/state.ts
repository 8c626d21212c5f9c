import ms from "ms";
import { type Fact, type Finding, finding } from "../../../components/doctor/finding";

/** A lock that a `pulumi` holds on a stack. */
export interface Lock {
	/** For people: "process 4711 of ann on build-7". */
	readonly holder: string;
	/** ms since 1970, where the backend tells. */
	readonly sinceMs?: number;
	/** Whether that process runs; unset: it cannot be seen from here. */
	readonly alive?: boolean;
}

/** Whether something holds the stack that is gone. */
export function judgeLocks(locks: Fact<readonly Lock[]>, stack: string, nowMs: number): Finding[] {
	if ("why" in locks) return [finding("locks", "unknown", `those of the stack cannot be seen: ${locks.why}`)];
	if (locks.known.length === 0) return [finding("locks", "ok", "nothing holds the stack")];
	const cancel = `pulumi cancel --yes --stack ${stack}`;
	return locks.known.map(({ holder, sinceMs, alive }) => {
		const since = sinceMs === undefined ? "" : `, for ${ms(Math.max(0, nowMs - sinceMs))}`;
		if (alive === false) {
			const text = `a lock was left behind by ${holder}${since}, which is gone: no \`up\` can start`;
			return finding("locks", "problem", text, cancel);
		}
		const text = `the stack is held by ${holder}${since}: no other \`up\` can start`;
		return finding(
			"locks",
			"warning",
			text,
			alive ? "wait until it has ended" : `where that is gone: ${cancel}`,
		);
	});
}

/** One thing that an `up` had begun when it was interrupted. */
export interface PendingOperation {
	/** "creating", "deleting". */
	readonly type: string;
	/** Last part of the URN. */
	readonly name: string;
}

/** Whether an interrupted `up` has left something undecided in the state. */
export function judgePending(pending: Fact<readonly PendingOperation[]>, stack: string): Finding {
	if ("why" in pending)
		return finding("state", "unknown", `whether operations are pending cannot be seen: ${pending.why}`);
	if (pending.known.length === 0) return finding("state", "ok", "no operations are pending");
	const list = pending.known.map(({ type, name }) => `${type} ${name}`).join(", ");
	return finding(
		"state",
		"warning",
		`an interrupted \`pulumi up\` has left operations pending: ${list}`,
		`pulumi refresh --clear-pending-creates --stack ${stack}`,
	);
}

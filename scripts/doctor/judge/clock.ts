import { type Fact, type Finding, finding } from "../../../components/doctor/finding";
import { durationText } from "../../../components/runtime/report";

/** How far clocks are ahead of this machine's, in ms; negative: behind. */
export interface SeenClocks {
	readonly engineMs: Fact<number>;
	/** Of the ACME authority, by the Date of its answer, which has whole seconds; unset: there is none. */
	readonly authority?: { readonly name: string; readonly aheadMs: Fact<number> };
}

/** From here on log lines of the two machines no longer fit each other. */
const APART_MS = 5_000;
/** Certificates and signed requests have limits of minutes. */
const WRONG_MS = 5 * 60_000;

const SET = "on the host: sudo timedatectl set-ntp true";

/** Whether the Engine's clock is right, as far as there is something to compare it with. */
export function judgeClock({ engineMs, authority }: SeenClocks): Finding {
	if ("why" in engineMs) return finding("clock", "unknown", `the Engine's cannot be read: ${engineMs.why}`);
	const here = apart("the Engine's clock", engineMs.known, "this machine's");
	const grade = Math.abs(engineMs.known) > APART_MS ? "warning" : "ok";
	if (authority === undefined || "why" in authority.aheadMs) {
		if (grade === "warning") return finding("clock", grade, here, SET);
		if (authority === undefined) return finding("clock", grade, here);
		const why = "why" in authority.aheadMs ? authority.aheadMs.why : "";
		return finding("clock", "unknown", `${here}; that of ${authority.name} cannot be asked: ${why}`);
	}
	const off = engineMs.known - authority.aheadMs.known;
	const there = apart("the Engine's clock", off, `that of ${authority.name}`);
	if (Math.abs(off) > WRONG_MS) return finding("clock", "problem", `${there}: certificates are refused`, SET);
	if (Math.abs(off) > APART_MS) return finding("clock", "warning", there, SET);
	return grade === "warning" ? finding("clock", grade, here, SET) : finding("clock", "ok", there);
}

function apart(one: string, aheadMs: number, other: string): string {
	return `${one} is ${durationText(Math.abs(aheadMs))} ${aheadMs < 0 ? "behind" : "ahead of"} ${other}`;
}

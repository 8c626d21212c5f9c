import { type Color, otherColor } from "../settings/schema";
import type { Figures } from "./watch/types";

/** What both colors have done so far, the one on trial first. */
export function figuresText(to: Color, figures: Readonly<Record<Color, Figures>>): string {
	return [to, otherColor(to)].map((color) => `${color} ${ofColor(figures[color])}`).join(" · ");
}

function ofColor({ requests, errors, p50Ms, p99Ms }: Figures): string {
	const counts = `${number(requests)} ${requests === 1 ? "request" : "requests"}, ${number(errors)} ${errors === 1 ? "error" : "errors"}`;
	const times =
		p50Ms === undefined || p99Ms === undefined ? "" : `, p50 ${msText(p50Ms)}, p99 ${msText(p99Ms)}`;
	return `${counts}${times}`;
}

/** "1:05 left"; "is over" at the end. */
export function leftText(leftMs: number): string {
	if (leftMs <= 0) return "is over";
	const seconds = Math.ceil(leftMs / 1_000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
}

function number(value: number): string {
	return value.toLocaleString("en-US");
}

function msText(ms: number): string {
	return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

import type { PrometheusQuery } from "../../plan/observation";
import { messageOf } from "../report";
import type { CheckResult } from "./repeated";

/** What a query says by now. */
export type QueryAnswer =
	| { readonly value: number }
	/** Nothing to be measured (yet): no series, or not a number. */
	| { readonly nothing: true }
	/** The server could not be asked, or does not understand. */
	| { readonly unknown: string };

/** Longest time for one answer. */
const TIMEOUT_MS = 5_000;

/**
 * Asks a server that speaks Prometheus' HTTP API (`GET /api/v1/query`). Of several series the largest value counts. Never throws.
 *
 * @param variables Put in for $NAME in the query.
 */
export async function askPrometheus(
	{ url, query }: PrometheusQuery,
	variables: Readonly<Record<string, string>>,
): Promise<QueryAnswer> {
	const address = new URL(`${url.replace(/\/$/, "")}/api/v1/query`);
	address.searchParams.set("query", filledIn(query, variables));
	try {
		const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
		return read(response.status, await response.text());
	} catch (error) {
		return { unknown: reasonOf(error) };
	}
}

/** `text` with every $NAME that is known. */
export function filledIn(text: string, variables: Readonly<Record<string, string>>): string {
	return text.replaceAll(/\$([A-Z]+)/g, (all, name: string) => variables[name] ?? all);
}

/** The query as a check: a value above `max` speaks against the color; nothing to be measured does not. */
export function prometheusCheck(
	query: PrometheusQuery,
	variables: Readonly<Record<string, string>>,
): { what: string; run: () => Promise<CheckResult> } {
	const what = `the query ${filledIn(query.query, variables)} at ${query.url}`;
	const run = async (): Promise<CheckResult> => {
		const answer = await askPrometheus(query, variables);
		if ("unknown" in answer) return { state: "unknown", reason: answer.unknown };
		if ("nothing" in answer || answer.value <= query.max) return { state: "well" };
		return { state: "breach", text: `${what} says ${answer.value}; max is ${query.max}` };
	};
	return { what, run };
}

interface Answer {
	readonly status: "success" | "error";
	readonly error?: string;
	readonly data?: { readonly resultType: string; readonly result: unknown };
}

type Sample = readonly [time: number, value: string];

function read(status: number, body: string): QueryAnswer {
	const answer = parsed(body);
	if (answer?.status === "error") return { unknown: `it answered ${status}: ${answer.error}` };
	const { resultType, result } = answer?.data ?? {};
	const values = valuesOf(resultType, result);
	if (status !== 200 || values === undefined)
		return { unknown: `it answered ${status}: ${body.trim().slice(0, 200)}` };
	const numbers = values.map(Number).filter((value) => !Number.isNaN(value));
	return numbers.length === 0 ? { nothing: true } : { value: Math.max(...numbers) };
}

/** The values as text, as the API has them: "NaN" and "+Inf" among them. */
function valuesOf(resultType: string | undefined, result: unknown): string[] | undefined {
	if (resultType === "scalar") return [(result as Sample)[1]].map(infinite);
	if (resultType !== "vector") return undefined;
	return (result as { value: Sample }[]).map(({ value }) => infinite(value[1]));
}

function infinite(value: string): string {
	return value.replace(/Inf$/, "Infinity");
}

function parsed(body: string): Answer | undefined {
	try {
		return JSON.parse(body) as Answer;
	} catch {
		return undefined;
	}
}

/** `fetch` says "fetch failed", and why only in the cause. */
function reasonOf(error: unknown): string {
	const { cause } = error as { cause?: unknown };
	const { name } = error as { name?: string };
	if (name === "TimeoutError") return `no answer within ${TIMEOUT_MS} ms`;
	return messageOf(cause ?? error);
}

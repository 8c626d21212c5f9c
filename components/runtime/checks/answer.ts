import type { RequestCheck } from "../../plan/own-checks";
import { type HttpResponse, isSuccess } from "../http";
import { durationText, excerpt } from "../report";

/**
 * What is wrong with an answer, going on from "answered 200 in 35 ms"; undefined: nothing.
 *
 * @param durationMs Until the whole answer was there.
 */
export function faultOf(
	{ status, headers, body, json, withinMs }: RequestCheck["expect"],
	response: HttpResponse,
	durationMs: number,
): string | undefined {
	const good = status === undefined ? isSuccess(response.status) : response.status === status;
	if (!good) return `(wanted ${status ?? "2xx"})`;
	for (const [name, wanted] of Object.entries(headers)) {
		const value = response.headers[name.toLowerCase()];
		const seen = Array.isArray(value) ? value.join(", ") : value;
		if (seen !== wanted)
			return `with ${seen === undefined ? `no header ${name}` : `${name}: ${excerpt(seen, 200)}`} (wanted ${name}: ${wanted})`;
	}
	if (body !== undefined && !response.body.includes(body)) return `without "${body}" in its body`;
	const other = json === undefined ? undefined : jsonFault(json, response.body);
	if (other !== undefined) return other;
	if (withinMs !== undefined && durationMs > withinMs) return `(wanted within ${durationText(withinMs)})`;
	return undefined;
}

function jsonFault(
	{ path, equals }: NonNullable<RequestCheck["expect"]["json"]>,
	body: string,
): string | undefined {
	const wanted = `(wanted ${path} to be ${JSON.stringify(equals)})`;
	let document: unknown;
	try {
		document = JSON.parse(body);
	} catch {
		return `with a body that is no JSON ${wanted}`;
	}
	const { query } = require("jsonpath-rfc9535") as typeof import("jsonpath-rfc9535");
	const found = query(document as Parameters<typeof query>[0], path);
	if (found.length === 0) return `with nothing at ${path} ${wanted}`;
	const other = found.find((value) => value !== equals);
	return other === undefined ? undefined : `with ${path} ${excerpt(JSON.stringify(other), 200)} ${wanted}`;
}

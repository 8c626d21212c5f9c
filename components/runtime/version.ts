import type { VersionCheck } from "../plan/types";
import type { HttpResponse } from "./http";
import { excerpt } from "./report";

/**
 * What an answer tells of the version: the one that is wanted, another one, or nothing that could be read.
 *
 * @returns `seen`, for people, goes on from what was asked: "says 1.0.0 instead of 2.0.0".
 */
export function readVersion(
	{ json, wanted }: VersionCheck,
	{ status, body }: Pick<HttpResponse, "status" | "body">,
): { readonly state: "right" | "wrong" | "unknown"; readonly seen: string } {
	const shown = body.trim() === "" ? "" : `: ${excerpt(body, 400)}`;
	if (status < 200 || status >= 300) return { state: "unknown", seen: `answered ${status}${shown}` };
	const told = json === undefined ? body.trim() : fieldOf(body, json);
	if (told === undefined) return { state: "unknown", seen: `tells no version as "${json}"${shown}` };
	if (told === wanted) return { state: "right", seen: `says ${told}` };
	return { state: "wrong", seen: `says ${excerpt(told, 100) || "nothing"} instead of ${wanted}` };
}

function fieldOf(body: string, name: string): string | undefined {
	try {
		const value = (JSON.parse(body) as Record<string, unknown> | null)?.[name];
		return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
	} catch {
		return undefined;
	}
}

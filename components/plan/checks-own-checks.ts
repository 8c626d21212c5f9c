import type { CheckSettings } from "../settings/checks";
import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { ReleaseSettings } from "../settings/schema";

const OF_REQUESTS = [
	"method",
	"status",
	"headers",
	"body",
	"json",
	"within",
	"times",
	"requestHeaders",
	"requestBody",
] as const satisfies readonly (keyof CheckSettings)[];
const OF_COMMANDS = ["in", "deadline"] as const satisfies readonly (keyof CheckSettings)[];

/** What the schema cannot see of `checks`: each is a request or a command, and has only what belongs to it. */
export function checkOwnChecks({ checks, services }: ReleaseSettings): Problem[] {
	return checks.flatMap((check, index) => {
		const at = ["checks", index] as const;
		const { path, command } = check;
		if (path === undefined && command === undefined) {
			const reason = "asks nothing. Allowed: a path to request, or a command to run.";
			return [{ path: at, reason, fix: [setCommand([...at, "path"], "/")] }];
		}
		if (path !== undefined && command !== undefined) {
			const reason = "has a path and a command. Allowed: one of the two.";
			return [{ path: at, reason, fix: [removeCommand([...at, "path"])] }];
		}
		const [strangers, other] =
			command === undefined ? [OF_COMMANDS, "a command"] : [OF_REQUESTS, "a request, which has a path"];
		const misplaced = strangers
			.filter((name) => check[name] !== undefined)
			.map((name): Problem => {
				const reason = `belongs to ${other}. Allowed: not in this check.`;
				return { path: [...at, name], reason, fix: [removeCommand([...at, name])] };
			});
		return [...misplaced, ...checkService(check, at, services), ...checkRequest(check, at)];
	});
}

type At = readonly ["checks", number];

function checkService(
	{ in: service }: CheckSettings,
	at: At,
	services: ReleaseSettings["services"],
): Problem[] {
	if (service === undefined || Object.hasOwn(services, service)) return [];
	const path = [...at, "in"];
	const [first = ""] = Object.keys(services);
	const reason = `there is no service ${service}. Allowed: ${Object.keys(services).join(", ")}.`;
	return [{ path, reason, fix: [setCommand(path, first)] }];
}

function checkRequest({ path: asked, method = "GET", requestBody, json }: CheckSettings, at: At): Problem[] {
	if (asked === undefined) return [];
	const problems: Problem[] = [];
	if (requestBody !== undefined && (method === "GET" || method === "HEAD")) {
		const reason = `"${method}" has no body to send. Allowed: another method, or no requestBody.`;
		problems.push({ path: [...at, "method"], reason, fix: [setCommand([...at, "method"], "POST")] });
	}
	const wrong = json === undefined ? undefined : jsonPathError(json.path);
	if (wrong !== undefined) {
		const path = [...at, "json", "path"];
		const reason = `"${json?.path}" is no JSONPath: ${wrong}. Allowed: such as $.status or $.items[0].name.`;
		problems.push({ path, reason, fix: [setCommand(path, "$.status")] });
	}
	return problems;
}

/** Why it is none, on from a colon; undefined: it is one. */
function jsonPathError(path: string): string | undefined {
	// Takes as long to load as a small preview has left; most stacks have no such check.
	const { default: parse } = require("jsonpath-rfc9535/parser") as typeof import("jsonpath-rfc9535/parser");
	try {
		parse(path);
		return undefined;
	} catch (error) {
		return (error as Error).message.replace(/\.$/, "");
	}
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of source, in which the placeholders stand
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { projectFolder } from "../../../scripts/lib/environment";
import { errorSites } from "./error-texts";

const page = readFileSync(path.join(projectFolder, "docs/runbook.md"), "utf8");
/** The text of each row: its first cell. */
const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, text = ""]) => text);

/**
 * What another function makes, and the row that has it. A new one has to be put here, and so be thought of.
 */
const MADE_ELSEWHERE: Readonly<Record<string, string>> = {
	"renderProblems(problems, pulumi.getStack())": "problems in the settings of stack",
	"renderProblems(parsed.problems, name)": "problems in the settings of stack",
	"stateLostText(stack, host)": "The state of stack … is empty, but … runs on this Docker host",
	"inUseText(stack, host, found.inUse)": "The state of stack … does not know …",
	"missingText(found.missing)": "the state has …, the Docker host does not",
	'[what, ...(await lastComplaints(engine, proxy.container)), whoServes, next(tls)].join("\\n")':
		"There is no certificate for …",
	"renderProblems(parsed.problems, stack.name)": "problems in the settings of stack",
	"renderProblems(parsed.problems, pulumi.getStack())": "problems in the settings of stack",
	"`${reason}\\n${back}`": "The preview failed:",
	'"No."': "No.",
	moved: "names another image by now than the one that",
	"findingText(this.url, host, finding)": "The Docker host … was reached, but …",
	"refusalText(this.url, host, why)": "The Docker host … cannot be reached: …",
	unreachable: "The Docker host … cannot be reached: …",
	"lostText(reached, connection.lastWords)": "The SSH connection to … was lost meanwhile.",
	REPLACEMENT: "the proxy's container will be replaced",
};

/** Others' words that are passed on as they are: of a server, of GitHub, of a watcher that has said it elsewhere. */
const PASSED_ON = [
	"text",
	"reason",
	"message",
	"said",
	"said.trim()",
	'lines.join("\\n")',
	"failureText(this.inputs, end, serving)",
	"`${resource}: ${message}`",
	"`${phase.name}: ${remark}`",
	"`${this.command[0]} in ${this.container}: ${reason}`",
	// A command that scripts/setup runs: its name, its last lines, and what to do.
	'[`${what}: \\`${[command, ...args].join(" ")}\\` ${reason}`, ...lastLines(result.all ?? ""), next ?? []] .flat() .join("\\n")',
	"takenText(strangers)",
	"shown",
	"this.complaint.trim()",
	// Mistakes in the program, which no person can make.
	'"roles are changed through an Engine"',
	'"users are changed through an Engine"',
	"`${messageOf(error)}\\n${serves}\\nNext: mend that, then: pulumi up`",
];

describe("the runbook", () => {
	const sites = errorSites();
	const expression = (place: string) => place.slice(place.indexOf(": ") + 2);
	const matches = (row: string, text: string) => text.includes(row);

	test("has rows, and the source has texts", () => {
		expect(rows.length).toBeGreaterThan(100);
		expect(sites.length).toBeGreaterThan(100);
	});

	test("has a row for every error and warning", () => {
		const missing = sites.filter(({ place, text }) => {
			if (PASSED_ON.includes(expression(place))) return false;
			const elsewhere = MADE_ELSEWHERE[expression(place)];
			return elsewhere === undefined ? !rows.some((row) => matches(row, text)) : !rows.includes(elsewhere);
		});
		expect(missing.map(({ place, text }) => `${place}  →  ${text}`)).toEqual([]);
	});

	test("has no row for what nothing says any more", () => {
		const elsewhere = Object.values(MADE_ELSEWHERE);
		const stale = rows.filter(
			(row) => !elsewhere.includes(row) && !sites.some(({ text }) => matches(row, text)),
		);
		expect(stale).toEqual([]);
	});
});

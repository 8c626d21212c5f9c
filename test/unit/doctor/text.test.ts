import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { finding } from "../../../components/doctor/finding";
import { findingsText } from "../../../scripts/doctor/text";

const FINDINGS = [
	finding("engine", "ok", "Docker Engine 28.0.0"),
	finding("disk", "warning", "900 MB are free", "docker image prune"),
	finding("images", "unknown", "not there yet"),
	finding("ports", "problem", "8080 is in use\n  by another", "pulumi config set --path proxy.httpPort 8081"),
	finding("locks", "problem", "held"),
];

test("what was found: a line each, what to do below it, and a count", () => {
	expect(findingsText(FINDINGS, false)).toBe(
		[
			"ok       engine  Docker Engine 28.0.0",
			"warning  disk    900 MB are free",
			"                 next: docker image prune",
			"unknown  images  not there yet",
			"problem  ports   8080 is in use by another",
			"                 next: pulumi config set --path proxy.httpPort 8081",
			"problem  locks   held",
			"",
			"2 problems, 1 warning, 1 unknown, 1 ok",
		].join("\n"),
	);
});

test("a terminal shows the grade in color, and nothing else", () => {
	const colored = findingsText(FINDINGS, true);
	expect(colored).toContain("\u001b[31mproblem\u001b[39m  ports   8080");
	expect(stripVTControlCharacters(colored)).toBe(findingsText(FINDINGS, false));
});

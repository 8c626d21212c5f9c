import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { maintenanceText } from "../../../components/plan/maintenance-text";
import { projectFolder } from "../../../scripts/lib/environment";
import { type Preview, parsePreview } from "../../../scripts/preview/preview";
import { renderComment } from "../../../scripts/preview-comment/comment";
import { KINDS, type PreviewKind } from "./support/kinds";
import { commentOn, recorded, recordedFile } from "./support/recorded";

/** Without what is folded. */
function seen(comment: string): string {
	return comment.replaceAll(/<details>.*?<\/details>\n\n/gs, "").replace(/<!--.*-->\n$/, "");
}

/** A recorded preview with something changed in its JSON. */
function changed(kind: PreviewKind, change: (text: string) => string): Preview {
	return parsePreview(change(readFileSync(recordedFile(kind), "utf8")));
}

/** A recorded preview in which the program says something more. */
function saying(kind: PreviewKind, severity: string, ...messages: string[]): Preview {
	const preview = recorded(kind);
	return {
		...preview,
		diagnostics: [...preview.diagnostics, ...messages.map((message) => ({ severity, message }))],
	};
}

describe("the first line", () => {
	test.for(Object.entries(KINDS) as [PreviewKind, string][])("of %s is: %s", ([kind, line]) => {
		expect(commentOn(recorded(kind)).split("\n")[0]).toBe(line);
	});

	test("names a color that had a share, and the steps, as the program tells them", () => {
		const step = "in steps: 5 % for 60 s, 25 % for 2 min, then all";
		const comment = commentOn(
			saying(
				"release",
				"info",
				`traffic: blue 1.0.0 → green 2.0.0 ${step}\nblue serves until green is ready.`,
			),
		);
		expect(comment).toMatch(/^Traffic: blue → green \(1\.0\.0 → 2\.0\.0\)\n/);
		expect(comment).toContain(`How: \`${step}\`.`);
	});

	test.for([
		["green", "Traffic: blue → green (1.0.0 → 2.0.0)"],
		["blue", "Traffic: all back to blue (1.0.0)"],
	])("of a trial of green that ends with %s", ([active, line]) => {
		const preview = recorded("release");
		const cutover = preview.steps.find(({ urn }) => urn.endsWith("-cutover"));
		Object.assign(cutover?.oldState?.outputs ?? {}, {
			activeColor: "shared",
			onTrial: { to: "green", share: 25 },
		});
		Object.assign(cutover?.newState?.inputs ?? {}, { active });
		expect(commentOn(preview).split("\n")[0]).toBe(line);
	});

	test("of a destroy", () => {
		const preview = recorded("rollback");
		const steps = preview.steps.map(({ newState: _, ...step }) => ({ ...step, op: "delete" }));
		expect(commentOn({ ...preview, steps }).split("\n")[0]).toBe("Traffic: green → none (2.0.0)");
	});

	test("says who serves where nothing moves", () => {
		expect(commentOn(recorded("no-change"))).toContain("Stack `shop/prod`. Serves: `blue 1.0.0`.");
	});

	test("has a version that is no plain text as code", () => {
		const preview = changed("release", (text) =>
			text.replaceAll('"version": "2.0.0"', '"version": "2_0*<b>|`"'),
		);
		expect(commentOn(preview).split("\n")[0]).toBe("Traffic: blue → green (`` 1.0.0 → 2_0*<b>|` ``)");
	});
});

describe("what is seen at once", () => {
	test("of a release", () => {
		expect(seen(commentOn(recorded("release")))).toMatchInlineSnapshot(`
			"Traffic: blue → green (1.0.0 → 2.0.0)
			=====================================

			Stack \`shop/prod\`.

			|            | Created | Changed | Replaced | Removed |
			| ---------- | ------: | ------: | -------: | ------: |
			| Containers |       3 |         |          |       1 |
			| Others     |       3 |         |          |       1 |

			Steps that run: \`shop-prod-resume\`, \`shop-prod-green-expand\`, \`shop-prod-health-gate\`, \`shop-prod-cutover\`, \`shop-prod-drain\`, \`shop-prod-backfill\`.

			"
		`);
	});

	test("of a first deployment", () => {
		expect(seen(commentOn(recorded("first-deployment")))).toMatchInlineSnapshot(`
			"Traffic: none → blue (1.0.0)
			============================

			Stack \`shop/prod\`.

			|            | Created | Changed | Replaced | Removed |
			| ---------- | ------: | ------: | -------: | ------: |
			| Containers |       4 |         |          |         |
			| Databases  |       2 |         |          |         |
			| Others     |      19 |         |          |         |

			Steps that run: \`shop-prod-db-main-check\`, \`shop-prod-db-cache-check\`, \`shop-prod-hold\`, \`shop-prod-db-cache-ready\`, \`shop-prod-db-main-ready\`, \`shop-prod-db-cache-logins\`, \`shop-prod-db-main-logins\`, \`shop-prod-resume\`, \`shop-prod-blue-expand\`, \`shop-prod-health-gate\`, \`shop-prod-cutover\`, \`shop-prod-drain\`, \`shop-prod-backfill\`.

			"
		`);
	});

	test("of another number of replicas: those that serve now are taken away", () => {
		expect(seen(commentOn(recorded("fewer-replicas")))).toMatchInlineSnapshot(`
			"Traffic: unchanged
			==================

			Stack \`shop/prod\`. Serves: \`green 2.0.0\`.

			|            | Created | Changed | Replaced | Removed |
			| ---------- | ------: | ------: | -------: | ------: |
			| Containers |         |         |          |       2 |

			Steps that run: \`shop-prod-resume\`, \`shop-prod-health-gate\`, \`shop-prod-cutover\`.

			Warnings:

			- removes a container that is serving now: \`shop-prod-green-web-2\`

			"
		`);
	});

	test("of a database that is replaced: how long it will be away", () => {
		expect(seen(commentOn(recorded("database-update")))).toMatchInlineSnapshot(`
			"Traffic: unchanged
			==================

			Stack \`shop/prod\`. Serves: \`green 2.0.0\`.

			|           | Created | Changed | Replaced | Removed |
			| --------- | ------: | ------: | -------: | ------: |
			| Databases |         |         |        1 |         |

			Steps that run: \`shop-prod-db-main-check\`, \`shop-prod-hold\`, \`shop-prod-db-main-ready\`, \`shop-prod-db-main-logins\`, \`shop-prod-resume\`.

			Warnings:

			- \`database main: parameters.work_mem 8MB (new). It restarts, and is away for 1 to 2 s, as it took small databases; this one has not been measured yet. Requests wait at the proxy meanwhile, at most 30.0 s.\`

			"
		`);
	});

	test("of another port of the proxy", () => {
		expect(seen(commentOn(recorded("proxy-port")))).toMatchInlineSnapshot(`
			"Traffic: unchanged
			==================

			Stack \`shop/prod\`. Serves: \`green 2.0.0\`.

			|            | Created | Changed | Replaced | Removed |
			| ---------- | ------: | ------: | -------: | ------: |
			| Containers |         |         |        1 |         |

			Steps that run: \`shop-prod-resume\`, \`shop-prod-cutover\`.

			Warnings:

			- replaces the proxy, an outage until the new one listens: \`shop-prod-proxy\`, because of \`ports\`

			"
		`);
	});

	test("of settings that are refused: why, and what mends it", () => {
		expect(seen(commentOn(recorded("failing-settings")))).toMatchInlineSnapshot(`
			"Traffic: unknown, because the preview failed
			============================================

			Stack \`shop/prod\`. Nothing was touched; what was wrong stands below.

			The error:

			\`\`\`text
			1 problem in the settings of stack prod; nothing was touched.
			  colors.green.version: "2.0.1" would replace the containers of green 2.0.0 that are serving now. Allowed: leave green as it is and release on blue.
			      pulumi config set --path colors.green.version 2.0.0
			      pulumi config set --path colors.blue.version 2.0.1
			      pulumi config set activeColor blue
			\`\`\`

			"
		`);
	});

	test("of maintenance", () => {
		const text = maintenanceText("off", "on") ?? "";
		const comment = seen(commentOn(saying("no-change", "warning", text)));
		expect(comment).toContain(`Visitors: \`${text}\``);
		expect(comment).not.toContain("Warnings");
	});
});

describe("warnings", () => {
	test("name a container that serves and would be replaced", () => {
		const preview = changed("new-standby", (text) =>
			text.replaceAll("shop-prod-blue", "shop-prod-green").replaceAll('"value": "blue"', '"value": "green"'),
		);
		expect(seen(commentOn(preview))).toContain(
			"- replaces a container that is serving now: `shop-prod-green-web-1`\n",
		);
	});

	test("are silent where only the standby is replaced, and where the old color goes after the switch", () => {
		for (const kind of ["new-standby", "standby-removed", "release", "rollback"] as const)
			expect(commentOn(recorded(kind))).not.toContain("Warnings");
	});

	test("name what is protected", () => {
		const preview = recorded("database-update");
		const steps = preview.steps.map((step) => ({
			...step,
			...(step.oldState && { oldState: { ...step.oldState, protect: true } }),
		}));
		expect(seen(commentOn({ ...preview, steps }))).toContain(
			"- would replace a protected resource, which Pulumi refuses: `shop-prod-db-main`\n",
		);
	});

	test("are Pulumi's own too, each once, and in one line", () => {
		const comment = seen(commentOn(saying("release", "warning", "warning: two\nlines\n", "two\nlines")));
		expect(comment.match(/^- .*$/gm)).toEqual(["- `two lines`"]);
	});

	test("of which there are very many say how many more there are", () => {
		const texts = Array.from({ length: 100 }, (_, index) => `number ${index}`);
		const comment = seen(commentOn(saying("release", "warning", ...texts)));
		expect(comment.match(/^- /gm)).toHaveLength(31);
		expect(comment).toContain("- and 70 more; see the messages and the names below");
	});
});

describe("what is folded", () => {
	test("is the Caddyfile as a diff, where Caddy is reloaded", () => {
		const comment = commentOn(recorded("more-replicas"));
		expect(comment).toContain(
			"<details><summary>Caddyfile: +4 −4 lines; a reload closes connections that clients keep</summary>",
		);
		const line = "\t\treverse_proxy @request shop-prod-blue-web-1:3000 shop-prod-blue-web-2:3000";
		expect(comment).toContain(`-${line} {\n+${line} shop-prod-blue-web-3:3000 {\n`);
	});

	test("is no Caddyfile in a release, which does not reload", () => {
		for (const kind of ["release", "rollback", "new-standby"] as const)
			expect(commentOn(recorded(kind))).not.toContain("Caddyfile");
	});

	test("are the names, with the reason for each replacement", () => {
		expect(commentOn(recorded("new-standby"))).toContain(
			"! shop-prod-blue-web-1 (Container: envs, image, labels)\n",
		);
	});
});

describe("a preview that did not get that far", () => {
	const failed = { stack: "shop/prod", failed: true };

	test("shows what was said", () => {
		const comment = renderComment(undefined, { ...failed, error: "error: no stack named 'prod' found" });
		expect(comment).toContain("```text\nerror: no stack named 'prod' found\n```");
	});

	test("that said nothing says so", () => {
		expect(renderComment(undefined, failed)).toContain("Pulumi did not say why.");
	});

	test("and said very much is cut, within the limit", () => {
		const error = Array.from({ length: 20_000 }, (_, index) => `line ${index}`).join("\n");
		const comment = renderComment(undefined, { ...failed, error });
		expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(65_536);
		expect(comment).toContain("line 0\nline 1\n");
		expect(comment).toMatch(/… and \d+ more lines\./);
	});
});

test("docs/pull-requests.md shows the comment on a recorded release as it is", () => {
	const page = readFileSync(path.join(projectFolder, "docs/pull-requests.md"), "utf8");
	expect(page).toContain(commentOn(recorded("release")).trimEnd());
});

describe("the recorded previews", () => {
	test.for(Object.keys(KINDS) as PreviewKind[])(
		"%s holds nothing of the machine it was recorded on",
		(kind) => {
			expect(readFileSync(recordedFile(kind), "utf8")).not.toMatch(
				/"(\/tmp|\/home|\/root|\/work)\b|comment-previews|canary-/,
			);
		},
	);
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { projectFolder } from "../../../scripts/lib/environment";
import { load } from "../settings/configuration";

const pages = [
	"README.md",
	"CONTRIBUTING.md",
	...readdirSync(path.join(projectFolder, "docs"))
		.filter((file) => file.endsWith(".md"))
		.map((file) => `docs/${file}`),
];
const read = (page: string) => readFileSync(path.join(projectFolder, page), "utf8");

/** Examples that are whole: those from which a stack could be made. */
const examples = pages.flatMap((page) =>
	[...read(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
		.map(([, block = ""], index) => ({ place: `${page}, block ${index + 1}`, block }))
		.filter(({ block }) =>
			["config:", "shop:activeColor:", "shop:services:"].every((key) => block.includes(key)),
		),
);

describe("the pages", () => {
	test.for(pages)("%s links only to what is there", (page) => {
		const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#([^)\s]+))?\)/g)];
		const broken = links.filter(([, file = "", heading]) => {
			const target = path.join(projectFolder, path.dirname(page), file);
			return (
				!existsSync(target) ||
				(heading !== undefined && !anchors(readFileSync(target, "utf8")).includes(heading))
			);
		});
		expect(broken.map(([link]) => link)).toEqual([]);
	});

	test("have examples", () => {
		expect(examples.length).toBeGreaterThanOrEqual(3);
	});

	test.for(examples)("$place is a stack without problems", async ({ block }) => {
		const { config } = parse(block) as { config: Record<string, unknown> };
		const settings = Object.fromEntries(
			Object.entries(config).map(([key, value]) => [key.replace("shop:", ""), value]),
		);
		const named = JSON.stringify(settings).match(/"secrets":\[[^\]]*\]/g) ?? [];
		const secrets = Object.fromEntries(
			named.flatMap((list) => JSON.parse(list.slice(10)).map((name: string) => [name, "x"])),
		);
		const given = Object.keys(secrets).length > 0 ? { ...settings, secrets } : settings;
		await expect(load(given, { secretKeys: ["secrets"] })).resolves.toBeDefined();
	});
});

/** As GitHub makes them of headings. */
function anchors(page: string): string[] {
	return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s-]/gu, "")
			.replaceAll(" ", "-"),
	);
}

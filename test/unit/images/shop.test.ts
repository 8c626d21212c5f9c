import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { attempt } from "../../../scripts/images/attempt";
import { bundleShop } from "../../fixtures/shop/build";
import { failure, flawOf, illness } from "../../fixtures/shop/src/flaws";
import { renderPage } from "../../fixtures/shop/src/web/page";
import { temporaryFolder } from "./temporary";

const product = { id: 7, name: "<b>Earl & Grey</b>", note: 'a "classic"', cents: 905, hue: 30 };
const page = { color: "blue", version: "1.0.0", hostname: "host", products: [product], visits: 3 };

describe("the page", () => {
	it("tells its color and version to people and to tests", () => {
		const html = renderPage(page);
		expect(html).toContain('<body data-color="blue" data-version="1.0.0" class="v1">');
		expect(html).toContain("<i></i>blue<b>1.0.0</b>");
		expect(html).toContain("this is visit 3");
	});

	it("has another layout from version 2 on, whatever the color", () => {
		expect(renderPage({ ...page, version: "2.0.0" })).toContain("Slow tea");
		expect(renderPage({ ...page, version: "10.1.0" })).toContain('class="v2"');
		expect(renderPage(page)).not.toContain("Slow tea");
	});

	it("shows text as text", () => {
		const html = renderPage({ ...page, version: '1"><script>' });
		expect(html).not.toContain("<b>Earl");
		expect(html).not.toContain('1"><script>');
		expect(html).toContain("&#60;b&#62;Earl &#38; Grey&#60;/b&#62;");
		expect(html).toContain("$9.05");
	});

	it("does not need the visits", () => {
		expect(renderPage({ ...page, visits: undefined })).toContain("Welcome.");
	});
});

describe("a build that does wrong on purpose", () => {
	it.each([
		["1.0.0", undefined],
		["2.1.0-ill", "ill"],
		["2.5.0-falls-ill", "falls-ill"],
		["2.6.0-fails-some", "fails-some"],
		["2.7.0-slow", "slow"],
		["2.0.0-beta", undefined],
	] as const)("%s: %s", (version, flaw) => {
		expect(flawOf(version)).toBe(flaw);
	});

	it("flaps: two checks pass, one fails", () => {
		const isIll = illness("flaps");
		const seen: boolean[] = [];
		for (let check = 0; check < 6; check++) seen.push(isIll());
		expect(seen).toEqual([false, false, true, false, false, true]);
	});

	it("fails 2 % of its requests, evenly", () => {
		const fails = failure("fails-some");
		const failed = Array.from({ length: 1_000 }, () => fails());
		expect(failed.filter(Boolean)).toHaveLength(20);
		expect(failed.slice(0, 100).filter(Boolean)).toHaveLength(2);
		expect(failure("slow")()).toBe(false);
	});

	it("is always ill, or never", () => {
		expect(illness("ill")()).toBe(true);
		expect(illness(undefined)()).toBe(false);
	});
});

describe("a bundled service", () => {
	const folder = temporaryFolder();
	let bundles: Awaited<ReturnType<typeof bundleShop>>;
	beforeAll(async () => {
		bundles = await bundleShop();
	}, 60_000);

	async function start(service: "web" | "worker", environment: Record<string, string>) {
		const file = path.join(folder(), `${service}.js`);
		writeFileSync(file, bundles[service]);
		const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
		const result = await attempt("env", ["-i", ...settings, process.execPath, file], { timeoutMs: 20_000 });
		return { code: result.exitCode, line: JSON.parse(result.stdout) as Record<string, string> };
	}

	it.each(["web", "worker"] as const)("%s exits with 3 when its version says so", async (service) => {
		const { code, line } = await start(service, { VERSION: "2.2.0-exits" });
		expect(code).toBe(3);
		expect(line).toMatchObject({
			event: "exit",
			service,
			reason: "this build exits at its start on purpose",
		});
	});

	it("knows what it was built as, whatever it was ordered as", async () => {
		const { code, line } = await start("web", { BUILD_VERSION: "2.2.0-exits", VERSION: "3.0.0" });
		expect(code).toBe(3);
		expect(line.version).toBe("2.2.0-exits");
	});

	it.each([
		[{}, "set DATABASE_URL, or DATABASE_URL_FILE with the path of a file that holds it"],
		[{ DATABASE_URL: "postgres://u:secret@h/d" }, "set REDIS_URL, or REDIS_URL_FILE with"],
		[{ PORT: "80a" }, 'PORT is "80a": a whole number, 0 or more, is needed'],
		[{ DATABASE_URL_FILE: "/nowhere/url" }, "no such file or directory, open '/nowhere/url'"],
	])("web does not start with %j, and says why without a secret", async (environment, reason) => {
		const { code, line } = await start("web", environment);
		expect(code).toBe(1);
		expect(line.reason).toContain(reason);
		expect(JSON.stringify(line)).not.toContain("secret");
	});
});

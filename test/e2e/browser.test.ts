import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "./support/browser";
import { assertSucceeded, TestStack } from "./support/stack";

describe("a visitor with a browser", () => {
	let shop: TestStack;
	let browser: Browser;

	beforeAll(async () => {
		shop = await TestStack.create("e2e-browser");
		assertSucceeded(await shop.up());
		browser = await openBrowser();
	});
	afterAll(async () => {
		await browser?.close();
		await shop?.dispose();
	});

	it("sees the page change its color during a release, and never an error", async () => {
		const page = await browser.newPage();
		const problems: string[] = [];
		page.on("pageerror", (error) => problems.push(error.message));
		page.on("requestfailed", (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`));
		await page.goto(shop.url);
		expect(await shown(page)).toEqual({ color: "blue", version: "1.0.0" });

		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		let over = false;
		const releasing = shop.up().finally(() => {
			over = true;
		});
		const seen: string[] = [];
		while (!over) {
			// A new page each time would hide what a visitor's own kept connection meets.
			const response = await page.goto(shop.url, { waitUntil: "load" });
			if (response?.status() !== 200) problems.push(`status ${response?.status()}`);
			const { color } = await shown(page);
			if (color !== seen.at(-1)) seen.push(color);
		}
		const up = await releasing;
		await page.goto(shop.url);
		expect(up.text).not.toContain("error:");
		expect(await shown(page)).toEqual({ color: "green", version: "2.0.0" });
		expect(problems).toEqual([]);
		// Once over, never back.
		expect(["blue,green", "blue"]).toContain(seen.join());
	});
});

describe("a visitor with a browser, in maintenance", () => {
	let shop: TestStack;
	let browser: Browser;
	beforeAll(async () => {
		shop = await TestStack.create("e2e-browser-maintenance");
		await shop.set("maintenance", "on");
		assertSucceeded(await shop.up());
		browser = await openBrowser();
	});
	afterAll(async () => {
		await browser?.close();
		await shop?.dispose();
	});

	it("sees a light or a dark page that asks again by itself, and then the shop without doing anything", async () => {
		const looks = { light: "", dark: "" };
		for (const colorScheme of ["light", "dark"] as const) {
			const page = await browser.newPage({ colorScheme });
			const answers: number[] = [];
			page.on("response", (response) => void answers.push(response.status()));
			await page.goto(shop.url);
			expect(await page.locator("h1").innerText()).toBe("Back soon");
			looks[colorScheme] = await page.evaluate(BACKGROUND);
			// Two refreshes at 2 s, with room; a favicon is asked for once.
			await page.waitForTimeout(7_000);
			expect(answers.length).toBeGreaterThanOrEqual(3);
			expect(new Set(answers)).toEqual(new Set([503]));
			await page.close();
		}
		expect(brightness(looks.light)).toBeGreaterThan(200);
		expect(brightness(looks.dark)).toBeLessThan(60);

		const page = await browser.newPage();
		await page.goto(`${shop.url}/?from=maintenance`);
		await shop.set("maintenance", "off");
		const up = await shop.up();
		assertSucceeded(up);
		console.log(
			up.text
				.split("\n")
				.filter((line) => line.includes("maintenance"))
				.join("\n"),
		);
		await page.waitForSelector("body[data-color=blue]", { timeout: 15_000 });
		expect(page.url()).toBe(`${shop.url}/?from=maintenance`);
		expect(await shown(page)).toEqual({ color: "blue", version: "1.0.0" });
	});
});

/** Runs in the browser. */
const BACKGROUND = "getComputedStyle(document.body).backgroundColor";

/** 0 (black) to 255 (white) of "rgb(1, 2, 3)". */
function brightness(color: string): number {
	const parts = (color.match(/\d+/g) ?? []).slice(0, 3).map(Number);
	return parts.reduce((sum, part) => sum + part, 0) / 3;
}

async function shown(page: Page): Promise<{ color: string; version: string }> {
	const body = page.locator("body");
	return {
		color: (await body.getAttribute("data-color")) ?? "",
		version: (await body.getAttribute("data-version")) ?? "",
	};
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SWITCH_FILE } from "../../components/proxy/paths";
import { type LoadReport, VISITS } from "../../scripts/load";
import { engine, eventually, idsOf, inContainer } from "./support/docker";
import { CONNECTIONS, pause, underLoad } from "./support/load";
import { assertSucceeded, TestStack, type UpOutcome } from "./support/stack";

/** A page whose braces, quotes and dollars all mean something in a Caddyfile. */
const OWN = `<!doctype html>
<title>{http.request.host} {$HOME} {{now}}</title>
<style>p { color: "red" } /* \`{file./etc/passwd}\` \\{ */</style>
<p>Closed &amp; back at noon, says the baker's page.</p>
`;

/** What visitors get meanwhile; the load counts as a failure whatever is not expected. */
const PAGE_VISITS = VISITS.map((visit) => ({ ...visit, expect: 503 }));

/** One stack's life, in order: each test begins where the one before it ended. */
describe("maintenance, and the pages that the proxy answers with", () => {
	let shop: TestStack;
	let folder: string;
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), "blue-green-page-"));
		shop = await TestStack.create("e2e-maintenance");
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(async () => {
		await shop?.dispose();
		rmSync(folder, { recursive: true, force: true });
	});

	/** Nothing failed but what was answered by the page, which no color answers; and no connection was lost. */
	function onlyThePage(report: LoadReport): void {
		expect(Object.keys(report.failures).filter((kind) => kind !== "503")).toEqual([]);
		const pages = report.samples.filter(({ kind }) => kind !== undefined);
		expect(pages.filter(({ color }) => color !== "")).toEqual([]);
		expect(report.connectionsOpened).toBe(CONNECTIONS);
	}

	function nothingButTheSwitch(up: UpOutcome): void {
		assertSucceeded(up);
		expect(up.text).not.toContain("new Caddyfile");
		expect(up.steps).toEqual([`update ${shop.container("cutover")}`]);
	}

	function ask(init: RequestInit = {}, path = "/"): Promise<Response> {
		return fetch(shop.url + path, init);
	}

	function switchFile(): Promise<string> {
		return inContainer(shop.container("proxy"), "cat", SWITCH_FILE);
	}

	it("says in the preview what it will do", async () => {
		await shop.set("maintenance", "on");
		const preview = await shop.preview();
		expect(preview).toContain("maintenance: off → on. Visitors get a page with status 503");
		expect(preview).toMatch(/maintenance\s*: "off" => "on"/);
		expect(await switchFile()).toBe("0");
	});

	it("begins under load: a request in flight ends well, all others get the page, no container is touched", async () => {
		const before = await idsOf(shop.prefix);
		const { value, report } = await underLoad(shop.url, async () => {
			// One of them is in flight at the moment of the switch, whenever that is.
			const slow: Promise<Response>[] = [];
			let over = false;
			const up = shop.up().finally(() => {
				over = true;
			});
			while (!over) {
				slow.push(ask({}, "/slow?ms=2500"));
				await pause(500);
			}
			return { up: await up, slow: await Promise.all(slow) };
		});
		nothingButTheSwitch(value.up);
		expect(value.up.text).toContain("maintenance is on: visitors get a page with status 503");
		onlyThePage(report);
		expect(report.failed).toBeGreaterThan(50);
		const statuses = value.slow.map(({ status }) => status);
		expect(new Set(statuses)).toEqual(new Set([200, 503]));
		// Once over, never back.
		expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
		expect(await idsOf(shop.prefix)).toEqual(before);
		expect(await switchFile()).toBe("0-maintenance");
	});

	it("shows people a page that asks again by itself, and programs JSON", async () => {
		for (const path of ["/", "/health", "/api/products?page=2"]) {
			const page = await ask({ headers: { Accept: "text/html,application/json;q=0.9" } }, path);
			expect(page.status).toBe(503);
			expect(page.headers.get("retry-after")).toBe("5");
			expect(page.headers.get("cache-control")).toBe("no-store");
			expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
			expect(page.headers.get("x-color")).toBeNull();
			const text = await page.text();
			expect(text).toContain("<h1>Back soon</h1>");
			expect(text).toContain('<meta http-equiv="refresh" content="2">');
		}
		const json = await ask({ method: "POST", body: "{}", headers: { Accept: "application/json" } });
		expect(json.status).toBe(503);
		expect(json.headers.get("content-type")).toBe("application/json");
		expect(await json.json()).toEqual({ error: "maintenance", retryAfterSeconds: 5 });
		const head = await ask({ method: "HEAD" });
		expect([head.status, await head.text()]).toEqual([503, ""]);
	});

	it("lets those pass who look at the color that does not serve", async () => {
		const { previewToken } = await shop.outputs();
		const answer = await ask({ headers: { "X-Preview": String(previewToken) } }, "/version");
		expect(answer.status).toBe(200);
		expect(await answer.json()).toMatchObject({ color: "green", version: "2.0.0" });
		expect((await ask({ headers: { "X-Preview": "guessed" } }, "/version")).status).toBe(503);
	});

	it("is what a refresh finds, and another up changes nothing", async () => {
		assertSucceeded(await shop.refresh());
		const up = await shop.up();
		expect(Object.keys(up.changes)).toEqual(["same"]);
		expect(up.text).toContain("To end it: pulumi config set maintenance off && pulumi up");
		expect(await shop.outputs()).toMatchObject({ activeColor: "blue", maintenance: "on" });
	});

	it("ended by hand is seen, and put right", async () => {
		const write = `printf 0 > ${SWITCH_FILE}.t && mv ${SWITCH_FILE}.t ${SWITCH_FILE}`;
		await inContainer(shop.container("proxy"), "sh", "-c", write);
		expect((await ask()).status).toBe(200);
		nothingButTheSwitch(await shop.up());
		expect(await switchFile()).toBe("0-maintenance");
	});

	it("goes on during a release, which is gated, and not verified where nobody is passed on", async () => {
		await shop.set("activeColor", "green");
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), { requests: PAGE_VISITS });
		assertSucceeded(up);
		expect(report.failures).toEqual({});
		expect(report.byColor).toEqual({ none: report.sent });
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		expect(up.text).toContain("green 2.0.0 was not verified through the public side");
		expect(await switchFile()).toBe("g-maintenance");
		expect(await shop.outputs()).toMatchObject({
			activeColor: "green",
			lastCutover: { from: "blue", to: "green", drain: { color: "blue", outcome: "drained" } },
		});
	});

	it("ends under load: from one moment on all get the product, and none fails", async () => {
		await shop.set("maintenance", "off");
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), { requests: PAGE_VISITS });
		nothingButTheSwitch(up);
		expect(up.text).toContain("maintenance is off: green answers visitors");
		expect(Object.keys(report.failures).sort()).toEqual(["200", "201"]);
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		const answered = report.samples.filter(({ kind }) => kind !== undefined);
		expect(new Set(answered.map(({ color }) => color))).toEqual(new Set(["green"]));
		const first = Math.min(...answered.map(({ startMs }) => startMs));
		const pages = report.samples.filter(({ kind }) => kind === undefined);
		const last = Math.max(...pages.map(({ startMs }) => startMs));
		console.log(
			`${pages.length} pages, ${answered.length} answers; the last page was asked for ${Math.round(last - first)} ms after the first answer`,
		);
		// Requests that wait for their connection may be sent in another order than they were due.
		expect(last - first).toBeLessThan(1_000);
		expect(await switchFile()).toBe("g");
	});

	it("shows a page of the user's own word for word, which needs no reload either", async () => {
		const page = join(folder, "closed.html");
		writeFileSync(page, OWN);
		await shop.set("proxy.page", page);
		await shop.set("maintenance", "on");
		nothingButTheSwitch(await shop.up());
		const answer = await ask();
		expect(answer.status).toBe(503);
		expect(await answer.text()).toBe(OWN.trimEnd());
		await shop.set("maintenance", "off");
		await shop.remove("proxy.page");
		nothingButTheSwitch(await shop.up());
	});

	it("refuses a page that is not there, before anything is touched", async () => {
		await shop.set("proxy.page", "no/such/page.html");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain('proxy.page: there is no file "no/such/page.html".');
		expect(up.text).not.toContain("    at ");
		await shop.remove("proxy.page");
	});

	it("has a page for a color of which nobody answers, too, with the status of the failure", async () => {
		const web = Object.keys(await idsOf(shop.container("green-web-"))).map((name) =>
			engine.api.getContainer(name),
		);
		expect(web.length).toBeGreaterThan(0);
		await Promise.all(web.map((one) => one.stop({ t: 5 })));
		const [page, json] = await Promise.all([
			ask({ headers: { Accept: "text/html" } }),
			ask({ headers: { Accept: "application/json" } }, "/api/products"),
		]);
		expect([502, 503]).toContain(page.status);
		expect(page.headers.get("retry-after")).toBe("5");
		expect(page.headers.get("cache-control")).toBe("no-store");
		expect(await page.text()).toContain("<h1>One moment, please</h1>");
		expect(json.headers.get("content-type")).toBe("application/json");
		expect(await json.json()).toEqual({ error: "unavailable", status: json.status, retryAfterSeconds: 5 });
		await Promise.all(web.map((one) => one.start()));
		await eventually("the shop answers", 30_000, async () => (await ask()).ok);
	});

	it("passes on what the application itself answers, whatever it is", async () => {
		const answer = await ask({}, "/no-such-path");
		expect(answer.status).toBe(404);
		expect(answer.headers.get("x-color")).toBe("green");
		expect(answer.headers.get("retry-after")).toBeNull();
	});
});

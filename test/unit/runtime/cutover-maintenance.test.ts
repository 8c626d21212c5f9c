import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pageFiles } from "../../../components/proxy/pages";
import { readCutover } from "../../../components/runtime/read-cutover";
import type { CutoverOutputs } from "../../../components/runtime/steps";
import { blueServes, cutOver, failure } from "./support/cutover";
import { FakeHost, PAGES_READ, PROXY, RELEASES } from "./support/fake-host";
import { Said } from "./support/server";

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

const SWITCH = "/switch/green_below";
const ON = { maintenance: "on" } as const;

/** The host and the state as they are while blue is behind the page. */
function blueMaintained(): CutoverOutputs {
	const state = { ...blueServes(host), ...ON };
	host.files.set(SWITCH, "0-maintenance");
	return state;
}

describe("maintenance", () => {
	test("begins with one rename, and is seen through the public side; no container is asked", async () => {
		const olds = blueServes(host);
		const said = new Said();
		const outputs = await cutOver(host, host.inputs("blue", ON), olds, said);
		expect(host.log).toEqual([
			`read ${SWITCH}`,
			...PAGES_READ,
			"POST /adapt",
			"GET /config/",
			"read /config/blue-green/Caddyfile",
			`write ${SWITCH} 0-maintenance`,
			"public / by the page",
			`read ${RELEASES}`,
		]);
		expect(outputs).toEqual({ ...olds, ...ON });
		expect(said.infos).toEqual(["maintenance is on: visitors get a page with status 503"]);
	});

	test("ends with one rename, and the color is verified", async () => {
		const olds = blueMaintained();
		const said = new Said();
		const outputs = await cutOver(host, host.inputs("blue"), olds, said);
		const changes = host.log.filter((line) => /^(write|public)/.test(line));
		expect(changes).toEqual([`write ${SWITCH} 0`, "public / by blue", "public / by blue"]);
		expect(outputs.maintenance).toBe("off");
		expect(said.infos).toEqual(["maintenance is off: blue answers visitors"]);
	});

	test("that is on already changes nothing", async () => {
		const olds = blueMaintained();
		expect(await cutOver(host, host.inputs("blue", ON), olds)).toEqual(olds);
		expect(host.log.filter((line) => line.startsWith("write"))).toEqual([]);
	});

	test("is put right where somebody has ended it by hand, and the hold of an interrupted run goes with it", async () => {
		const olds = blueMaintained();
		host.files.set(SWITCH, "0");
		await cutOver(host, host.inputs("blue", ON), olds);
		expect(host.files.get(SWITCH)).toBe("0-maintenance");
		host.files.set(SWITCH, "0-maintenance-held-until-7");
		await cutOver(host, host.inputs("blue"), olds);
		expect(host.files.get(SWITCH)).toBe("0");
	});

	test("that nobody sees is an error, and stays", async () => {
		const olds = blueServes(host);
		host.pageStatus = 200;
		expect(await failure(host, host.inputs("blue", ON), olds)).toMatchInlineSnapshot(`
			"Maintenance is on, but visitors do not see its page: GET http://127.0.0.1:8080/ (maintenance page) answered 200 (wanted 503): back soon
			Next: mend that, then: pulumi up"
		`);
		expect(host.files.get(SWITCH)).toBe("0-maintenance");
	});

	test("does not end for a color that is ill", async () => {
		const olds = blueMaintained();
		host.publicStatus.blue = 502;
		expect(await failure(host, host.inputs("blue"), olds)).toMatchInlineSnapshot(`
			"blue 1.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/ (web) answered 502 (wanted 2xx): blue says hello
			Maintenance is on again: visitors get the page.
			Next: mend it, then \`pulumi up\`; or leave it on: pulumi config set maintenance on"
		`);
		expect(host.files.get(SWITCH)).toBe("0-maintenance");
	});

	test("that cannot be written says so", async () => {
		const olds = blueServes(host);
		host.readOnly.add(SWITCH);
		expect(await failure(host, host.inputs("blue", ON), olds)).toMatchInlineSnapshot(`
			"cannot write /switch/green_below in p-proxy: Read-only file system
			blue serves.
			Next: mend that, then: pulumi up"
		`);
	});
});

describe("a release behind the page", () => {
	test("is checked, switched, and said not to have been verified", async () => {
		const olds = blueMaintained();
		const said = new Said();
		const outputs = await cutOver(host, host.inputs("green", ON), olds, said);
		expect(host.log.filter((line) => /^(ask|write|public)/.test(line))).toEqual([
			"ask green /health",
			`write ${SWITCH} g-maintenance`,
			"public / by the page",
		]);
		expect(outputs).toMatchObject({ activeColor: "green", maintenance: "on" });
		expect(outputs.lastCutover).toMatchObject({ from: "blue", to: "green" });
		expect(said.infos).toEqual([
			"traffic: green 1",
			"maintenance is on: visitors get a page with status 503; green 2.0.0 was not verified through the public side, which passes nobody on",
		]);
	});

	test("that is not ready leaves the page and the color", async () => {
		const olds = blueMaintained();
		host.health.green = 503;
		const text = await failure(host, host.inputs("green", ON), olds);
		expect(text).toContain("Traffic was not moved: blue keeps serving. Visitors get the maintenance page.");
		expect(host.files.get(SWITCH)).toBe("0-maintenance");
	});

	test("that ends it and does not pass goes back behind the page, to the color from before", async () => {
		const olds = blueMaintained();
		host.publicStatus.green = 500;
		expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/ (web) answered 500 (wanted 2xx): green says hello
			Traffic was moved back to blue in <time>; blue serves behind the maintenance page. green keeps running for you to look at.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.files.get(SWITCH)).toBe("0-maintenance");
	});

	test("may be the first one", async () => {
		await cutOver(host, host.inputs("green", ON));
		expect(host.files.get(SWITCH)).toBe("g-maintenance");
		expect(host.log.filter((line) => line.startsWith(`write ${SWITCH}`))[0]).toBe(
			`write ${SWITCH} g-maintenance`,
		);
	});
});

test("another page is written, and nothing is loaded", async () => {
	const olds = blueServes(host);
	const page = "<h1>{http.request.host} `closed`</h1>";
	await cutOver(host, host.inputs("blue", { page }), olds);
	expect(host.log.filter((line) => /^(write|POST \/load)/.test(line))).toEqual(
		Object.keys(pageFiles(page)).map((path) => `write ${path} ${page}`),
	);
});

test("a page that cannot be written stops it before traffic moves", async () => {
	const olds = blueServes(host);
	const [path = ""] = Object.keys(pageFiles(undefined));
	host.files.delete(path);
	host.readOnly.add(path);
	expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
		"The proxy could not be configured. Traffic was not moved: blue keeps serving.
		cannot write /config/blue-green/pages/maintenance.html in p-proxy: Read-only file system
		Next: mend that, then: pulumi up"
	`);
	expect(host.serving()).toBe("blue");
});

test("a refresh reads whether the page is shown; of a proxy that is down it believes the state", async () => {
	const state = blueServes(host);
	host.files.set(SWITCH, "0-maintenance");
	expect(await readCutover(host.engine, state)).toEqual({ ...state, ...ON });
	host.fake.containers.set(PROXY, { status: "exited" });
	expect((await readCutover(host.engine, { ...state, ...ON })).maintenance).toBe("on");
});

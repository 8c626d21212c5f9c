import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pageFiles } from "../../../components/proxy/pages";
import { MovedBackError } from "../../../components/runtime/report";
import type { CutoverOutputs } from "../../../components/runtime/steps";
import { blueServes, cutOver, failure } from "./support/cutover";
import { FakeHost, LONG_AGO, PAGES_READ, PROXY, RELEASES } from "./support/fake-host";
import { Said } from "./support/server";

let host: FakeHost;
const PAGES_WRITTEN = Object.entries(pageFiles(undefined)).map(([path, text]) => `write ${path} ${text}`);
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

describe("the first release", () => {
	test("writes the switch before Caddy first serves, and keeps the Caddyfile for its restarts", async () => {
		const outputs = await cutOver(host, host.inputs("green"));
		expect(host.log).toEqual([
			"read /switch/green_below",
			"ask green /health",
			...PAGES_READ,
			...PAGES_WRITTEN,
			"POST /adapt",
			"GET /config/",
			"write /switch/green_below g",
			"POST /load",
			"write /config/blue-green/Caddyfile a Caddyfile",
			"write /switch/green_below g",
			"public / by green",
			"public / by green",
			`read ${RELEASES}`,
			`write ${RELEASES} ${host.record({ green: "now" })}`,
		]);
		expect(outputs).toMatchObject({ activeColor: "green", activeVersion: "2.0.0", caddyfileInForce: true });
		expect(outputs.lastCutover).not.toHaveProperty("from");
		expect(outputs.lastCutover).not.toHaveProperty("inFlightAtSwitch");
	});

	test("that fails its verification has nothing to go back to, and says so", async () => {
		host.publicStatus.blue = 500;
		expect(await failure(host, host.inputs("blue"))).toMatchInlineSnapshot(`
			"blue 1.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/ (web) answered 500 (wanted 2xx): blue says hello
			blue stays active: there is no other color to go back to.
			Next: mend it, then \`pulumi up\`."
		`);
	});

	test("that is not ready leaves the proxy as it was", async () => {
		host.health.green = 503;
		expect(await failure(host, host.inputs("green"))).toMatchInlineSnapshot(`
			"green 2.0.0 is not ready after <time> of at most <time>.
			  p-green-web-1 (0 of 1 passes in a row): GET /health answered 503
			  its last log lines:
			    green was here
			Nothing serves yet: no color has been released.
			Next: mend it, then \`pulumi up\`."
		`);
		expect(host.running).toBeUndefined();
		expect(host.files.size).toBe(0);
	});
});

describe("a release", () => {
	test("checks before it switches, switches before it verifies, and loads nothing", async () => {
		const said = new Said();
		await cutOver(host, host.inputs("green"), blueServes(host), said);
		expect(host.log).toEqual([
			"read /switch/green_below",
			"ask green /health",
			...PAGES_READ,
			"POST /adapt",
			"GET /config/",
			"read /config/blue-green/Caddyfile",
			"GET /reverse_proxy/upstreams",
			"write /switch/green_below g",
			"public / by green",
			"public / by green",
			`read ${RELEASES}`,
			`write ${RELEASES} ${host.record({ blue: LONG_AGO, green: "now" })}`,
		]);
		expect(said.infos).toEqual(["traffic: green 1"]);
	});

	test("is recorded: from, to, how long each stage took, what was in flight", async () => {
		Object.assign(host.inFlight, {
			"p-blue-web-1:3000": 7,
			"p-blue-web-1.:3000": 1,
			"p-green-web-1:3000": 2,
		});
		const { lastCutover, served, ...rest } = await cutOver(host, host.inputs("green"), blueServes(host));
		expect(served).toEqual({
			blue: { version: "1.0.0", since: LONG_AGO },
			green: { version: "2.0.0", since: expect.stringMatching(/^20\d\d-.*Z$/) },
		});
		expect(lastCutover).toEqual({
			from: "blue",
			fromVersion: "1.0.0",
			to: "green",
			toVersion: "2.0.0",
			startedAt: host.gate.startedAt,
			stages: ["gate", "look", "check", "configure", "switch", "verify", "record"].map((name) => ({
				name,
				durationMs: name === "gate" ? 1_234 : expect.any(Number),
			})),
			inFlightAtSwitch: { requests: 7, streams: 1 },
			configHash: createHash("sha256").update("a Caddyfile").digest("hex").slice(0, 12),
		});
		expect(rest).toEqual({
			...host.inputs("green"),
			activeColor: "green",
			activeVersion: "2.0.0",
			standbyColor: "blue",
			standbyVersion: "1.0.0",
			caddyfileInForce: true,
		});
	});

	test("does not count a gate that ran in an earlier run as its own", async () => {
		const start = Date.now();
		host.gate = { startedAt: "2026-11-20T10:00:00.000Z", durationMs: 1_234 };
		const { lastCutover } = await cutOver(host, host.inputs("green"), blueServes(host));
		expect(lastCutover?.stages.map(({ name }) => name)).not.toContain("gate");
		expect(Date.parse(lastCutover?.startedAt ?? "")).toBeGreaterThanOrEqual(start);
	});

	test("of another routing shape loads it first, and switches only then", async () => {
		const said = new Said();
		await cutOver(host, host.inputs("green", { caddyfile: "another" }), blueServes(host), said);
		const changes = host.log.filter((line) => line.startsWith("write") || line === "POST /load");
		expect(changes).toEqual([
			"POST /load",
			"write /config/blue-green/Caddyfile another",
			"write /switch/green_below g",
			`write ${RELEASES} ${host.record({ blue: LONG_AGO, green: "now" })}`,
		]);
		expect(said.infos[0]).toBe("Caddy runs a new Caddyfile: the routing shape changed");
	});

	test("that is no longer ready never switches", async () => {
		const olds = blueServes(host);
		host.health.green = 503;
		expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
			"green 2.0.0 is not ready after <time> of at most <time>.
			  p-green-web-1 (0 of 1 passes in a row): GET /health answered 503
			  its last log lines:
			    green was here
			Traffic was not moved: blue keeps serving.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.log.filter((line) => /^(write|POST \/load|public)/.test(line))).toEqual([]);
	});

	test("whose Caddyfile Caddy rejects never switches", async () => {
		const olds = blueServes(host);
		host.rejects = "Caddyfile:3: unrecognized directive: hadnle";
		expect(await failure(host, host.inputs("green", { caddyfile: "bad" }), olds)).toMatchInlineSnapshot(`
			"The proxy could not be configured. Traffic was not moved: blue keeps serving.
			Caddy rejects the Caddyfile: Caddyfile:3: unrecognized directive: hadnle
			Next: mend that, then: pulumi up"
		`);
		expect(host.serving()).toBe("blue");
		expect(host.files.get("/config/blue-green/Caddyfile")).toBe("a Caddyfile");
	});

	test("on a Caddy that is too old loads nothing", async () => {
		const olds = blueServes(host);
		host.caddyVersion = "v2.6.2";
		expect(await failure(host, host.inputs("green", { caddyfile: "another" }), olds)).toMatchInlineSnapshot(`
			"The proxy could not be configured. Traffic was not moved: blue keeps serving.
			Caddy 2.6.2 is too old; 2.11.3 or newer is needed: before 2.11.2 its admin API forgets requests in flight to upstreams that a reload removed, so a drain would end too early.
			Next: pulumi config set --path proxy.image caddy:2.11-alpine"
		`);
		expect(host.log).not.toContain("POST /load");
		expect(host.serving()).toBe("blue");
	});

	test("that does not pass through the public side moves back, and says so", async () => {
		const olds = blueServes(host);
		host.publicStatus.green = 500;
		expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/ (web) answered 500 (wanted 2xx): green says hello
			Traffic was moved back to blue in <time>; blue serves. green keeps running for you to look at.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.log.slice(-3)).toEqual([
			"write /switch/green_below g",
			"public / by green",
			"write /switch/green_below 0",
		]);
		expect(host.serving()).toBe("blue");
	});

	test("that went back is told apart from one that never moved, for those who are told of it", async () => {
		const olds = blueServes(host);
		host.publicStatus.green = 500;
		await expect(cutOver(host, host.inputs("green"), olds)).rejects.toBeInstanceOf(MovedBackError);
		host.health.green = 503;
		await expect(cutOver(host, host.inputs("green"), olds)).rejects.not.toBeInstanceOf(MovedBackError);
	});

	test("whose switch cannot be written says why, and who serves", async () => {
		const olds = blueServes(host);
		host.readOnly.add("/switch/green_below");
		expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
			"cannot write /switch/green_below in p-proxy: Read-only file system
			Traffic was not moved: blue keeps serving.
			Next: mend that, then: pulumi up"
		`);
		expect(host.serving()).toBe("blue");
	});

	test("that cannot be moved back says so: the new color has the traffic", async () => {
		const olds = blueServes(host);
		host.publicStatus.green = 500;
		host.readOnlyAfter = "g";
		expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/ (web) answered 500 (wanted 2xx): green says hello
			Traffic could not be moved back, and green still has it: cannot write /switch/green_below in p-proxy: Read-only file system
			Next: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.serving()).toBe("green");
	});

	test("does not fail because nobody can count what is in flight", async () => {
		const olds = blueServes(host);
		host.failing.add("GET /reverse_proxy/upstreams");
		const { lastCutover } = await cutOver(host, host.inputs("green"), olds);
		expect(host.serving()).toBe("green");
		expect(lastCutover).not.toHaveProperty("inFlightAtSwitch");
	});
});

test("a Caddyfile that could not be kept for restarts is written by the next run, without a reload", async () => {
	const olds = blueServes(host);
	host.readOnly.add("/config/blue-green/Caddyfile");
	const news = host.inputs("green", { caddyfile: "another" });
	expect(await failure(host, news, olds)).toContain("cannot write /config/blue-green/Caddyfile");
	expect(host.running).toBe("another");
	expect(host.serving()).toBe("blue");
	host.readOnly.clear();
	host.log.length = 0;
	await cutOver(host, news, olds);
	expect(host.files.get("/config/blue-green/Caddyfile")).toBe("another");
	expect(host.log).not.toContain("POST /load");
	expect(host.serving()).toBe("green");
});

describe("a rollback", () => {
	test("is the same the other way", async () => {
		host.released("green", "a Caddyfile");
		const olds: CutoverOutputs = { ...blueServes(host), activeColor: "green" };
		host.released("green", "a Caddyfile");
		const { lastCutover } = await cutOver(host, host.inputs("blue"), olds);
		expect(host.serving()).toBe("blue");
		expect(lastCutover).toMatchObject({
			from: "green",
			fromVersion: "2.0.0",
			to: "blue",
			toVersion: "1.0.0",
		});
	});
});

describe("with nothing to do", () => {
	test("it looks, verifies, and changes nothing", async () => {
		const olds = blueServes(host);
		const outputs = await cutOver(host, host.inputs("blue"), olds);
		expect(host.log).toEqual([
			"read /switch/green_below",
			...PAGES_READ,
			"POST /adapt",
			"GET /config/",
			"read /config/blue-green/Caddyfile",
			"public / by blue",
			"public / by blue",
			`read ${RELEASES}`,
		]);
		expect(outputs).toEqual(olds);
	});

	test("it still says when the color that serves does not", async () => {
		const olds = blueServes(host);
		host.publicStatus.blue = 502;
		expect(await failure(host, host.inputs("blue"), olds)).toMatchInlineSnapshot(`
			"blue 1.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/ (web) answered 502 (wanted 2xx): blue says hello
			blue stays active: there is no other color to go back to.
			Next: mend it, then \`pulumi up\`."
		`);
		expect(host.serving()).toBe("blue");
	});
});

test("a proxy that does not run stops it before anything else", async () => {
	const olds = blueServes(host);
	host.fake.containers.set(PROXY, { status: "exited", exitCode: 2, logs: ["out of disk"] });
	expect(await failure(host, host.inputs("green"), olds)).toMatchInlineSnapshot(`
		"The proxy p-proxy does not run: it is exited (exit code 2). Nothing is served.
		  its last log lines:
		    out of disk
		Next: docker start p-proxy && pulumi up"
	`);
	expect(host.log).toEqual([]);
});

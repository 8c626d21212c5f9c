import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planOwnChecks } from "../../../components/plan/own-checks";
import { readCutover } from "../../../components/runtime/read-cutover";
import type { CutoverInputs } from "../../../components/runtime/steps";
import { checks as schema } from "../../../components/settings/checks";
import type { Color } from "../../../components/settings/schema";
import { blueServes, cutOver, failure } from "./support/cutover";
import { FakeHost, PROXY, TOKEN_FILE } from "./support/fake-host";
import { Said } from "./support/server";

const TOKEN = "t".repeat(48);
const SWITCH = "/switch/green_below";

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

/** What the program asks for where the preview is on. */
function inputs(active: Color, checks: object[] = [], changes: Partial<CutoverInputs> = {}): CutoverInputs {
	const plain = host.inputs(active);
	const ownChecks = planOwnChecks({ checks: schema.parse(checks) }, [{ name: "web", route: "/" }]);
	const proxy = { ...plain.proxy, preview: { header: "X-Preview" } };
	return { ...plain, proxy, previewToken: TOKEN, ownChecks, ...changes };
}

const asked = () => host.log.filter((line) => /^(public|preview|write \/switch)/.test(line));

describe("the token", () => {
	test("is written before Caddy is asked anything, and once", async () => {
		const olds = blueServes(host);
		await cutOver(host, inputs("green"), olds);
		expect(host.log.indexOf(`write ${TOKEN_FILE} ${TOKEN}`)).toBeGreaterThan(0);
		expect(host.log.indexOf(`write ${TOKEN_FILE} ${TOKEN}`)).toBeLessThan(host.log.indexOf("POST /adapt"));
		host.log.length = 0;
		await cutOver(host, inputs("blue"), olds);
		expect(host.log.filter((line) => line.includes(TOKEN_FILE))).toEqual([`read ${TOKEN_FILE}`]);
	});

	test("that has changed is written without a reload, while traffic stays", async () => {
		const olds = blueServes(host);
		host.files.set(TOKEN_FILE, "the former one");
		const outputs = await cutOver(host, inputs("blue"), olds);
		expect(host.files.get(TOKEN_FILE)).toBe(TOKEN);
		expect(host.log).not.toContain("POST /load");
		expect(outputs.previewToken).toBe(TOKEN);
	});

	test("that was changed by hand is found by a refresh", async () => {
		const olds = { ...(await cutOver(host, inputs("green"), blueServes(host))) };
		expect(await readCutover(host.engine, olds)).toMatchObject({ caddyfileInForce: true });
		host.files.set(TOKEN_FILE, "");
		expect(await readCutover(host.engine, olds)).toMatchObject({ caddyfileInForce: false });
	});

	test("is in nothing that is said", async () => {
		const said = new Said();
		host.answers["/echo"] = (color, _way, request, response) =>
			void response.writeHead(500, { "X-Color": color }).end(`you sent ${request.headers["x-preview"]}`);
		const olds = blueServes(host);
		await cutOver(
			host,
			inputs("green", [{ path: "/" }, { command: ["sh", "-c", "echo $PREVIEW_TOKEN"] }]),
			olds,
			said,
		);
		expect(said.infos.join("\n")).not.toContain(TOKEN);
		const back = await failure(host, inputs("blue", [{ path: "/echo" }]));
		expect(back).toContain("you sent <previewToken>");
		const printed = await failure(
			host,
			inputs("blue", [{ command: ["sh", "-c", "echo $PREVIEW_TOKEN; false"] }]),
		);
		expect(printed).toContain("    <previewToken>\n");
		expect(back + printed).not.toContain(TOKEN);
	});
});

describe("before the switch", () => {
	test("the new color is asked through the preview what it is asked after it: its path, its version", async () => {
		host.answers["/version"] = (color, _way, _request, response) =>
			void response.writeHead(200, { "X-Color": color }).end("2.0.0");
		const checks: CutoverInputs["checks"] = [
			{ service: "web", path: "/", expect: "2xx" },
			{ service: "web", path: "/version", expect: "2xx", version: { wanted: "2.0.0" } },
		];
		const { lastCutover } = await cutOver(host, inputs("green", [], { checks }), blueServes(host));
		expect(asked()).toEqual([
			"preview / by green",
			"preview /version by green",
			`write ${SWITCH} g`,
			...["/", "/version", "/", "/version"].map((path) => `public ${path} by green`),
		]);
		expect(lastCutover?.stages.map(({ name }) => name)).toEqual([
			"gate",
			"look",
			"check",
			"configure",
			"preview",
			"switch",
			"verify",
			"record",
		]);
	});

	test("another version than the declared one keeps traffic where it is", async () => {
		host.answers["/version"] = (color, _way, _request, response) =>
			void response.writeHead(200, { "X-Color": color }).end("1.9.9");
		const check = { service: "web", path: "/version", expect: "2xx", version: { wanted: "2.0.0" } } as const;
		expect(
			await failure(host, inputs("green", [], { checks: [check] }), blueServes(host)),
		).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: GET http://127.0.0.1:8080/version (web) through the preview says 1.9.9 instead of 2.0.0
			  p-green-web-1, its last log lines:
			    green was here
			Traffic was not moved: blue keeps serving.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.serving()).toBe("blue");
		expect(asked()).toEqual(["preview /version by green"]);
	});

	test("nothing is asked where the preview leads elsewhere, or nowhere", async () => {
		await cutOver(host, inputs("green"));
		expect(asked().filter((line) => line.startsWith("preview"))).toEqual([]);
		const olds = blueServes(host);
		host.files.set(SWITCH, "80");
		host.log.length = 0;
		await cutOver(host, inputs("blue"), olds);
		expect(asked().filter((line) => line.startsWith("preview"))).toEqual([]);
		const { previewToken: _, ...off } = inputs("green");
		host.log.length = 0;
		await cutOver(host, off, olds);
		expect(asked().filter((line) => line.startsWith("preview"))).toEqual([]);
	});

	test("a check that does not pass keeps traffic where it is; those after it are not asked", async () => {
		host.answers["/api/orders"] = (color, _way, request, response) => {
			expect(request.headers).toMatchObject({ "content-type": "application/json", "content-length": "17" });
			response.writeHead(500, { "X-Color": color }).end('{"error":"no such column"}');
		};
		const checks = [
			{ path: "/" },
			{
				name: "an order",
				path: "/api/orders",
				method: "POST",
				status: 201,
				requestHeaders: { "Content-Type": "application/json" },
				requestBody: '{"productId": 1 }',
			},
			{ path: "/never" },
		];
		expect(await failure(host, inputs("green", checks), blueServes(host))).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: check "an order": POST http://127.0.0.1:8080/api/orders through the preview answered 500 in <time> (wanted 201): {"error":"no such column"}
			  p-green-web-1, its last log lines:
			    green was here
			Traffic was not moved: blue keeps serving.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.serving()).toBe("blue");
		expect(asked()).toEqual(["preview / by green", "preview / by green", "preview /api/orders by green"]);
	});
});

describe("after the switch", () => {
	test("the same checks go where everybody goes", async () => {
		const said = new Said();
		const checks = [{ path: "/a", times: 2 }, { path: "/b" }];
		await cutOver(host, inputs("green", checks), blueServes(host), said);
		expect(asked()).toEqual([
			"preview / by green",
			"preview /a by green",
			"preview /a by green",
			"preview /b by green",
			`write ${SWITCH} g`,
			"public / by green",
			"public / by green",
			"public /a by green",
			"public /a by green",
			"public /b by green",
		]);
		expect(said.infos.map((line) => line.replace(/in \d.*$/, "in <time>"))).toEqual([
			"2 checks passed through the preview in <time>",
			"traffic: green 1",
			"2 checks passed through the public side in <time>",
		]);
	});

	test("one that does not pass moves traffic back", async () => {
		host.answers["/a"] = (color, way, _request, response) =>
			void response.writeHead(way === "public" ? 404 : 200, { "X-Color": color }).end("nothing here");
		expect(await failure(host, inputs("green", [{ path: "/a" }]), blueServes(host))).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass the verification through the proxy: GET http://127.0.0.1:8080/a through the public side answered 404 in <time> (wanted 2xx): nothing here
			  p-green-web-1, its last log lines:
			    green was here
			Traffic was moved back to blue in <time>; blue serves. green keeps running for you to look at.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(host.serving()).toBe("blue");
	});

	test("nothing is asked where no traffic has moved", async () => {
		const olds = blueServes(host);
		await cutOver(host, inputs("blue", [{ path: "/a" }]), olds);
		expect(asked()).toEqual(["public / by blue", "public / by blue"]);
	});

	test("what a killed run has moved is checked by the one that finds it so", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, "g");
		await cutOver(host, inputs("green", [{ path: "/a" }]), olds);
		expect(asked()).toEqual(["public / by green", "public / by green", "public /a by green"]);
	});
});

describe("what a check says when it does not pass", () => {
	const textOf = async (check: object) =>
		(await failure(host, inputs("green", [check]), blueServes(host))).split("\n").slice(0, -3).join("\n");

	test("an answer that takes too long", async () => {
		host.answers["/slow"] = (color, _way, _request, response) =>
			void setTimeout(() => response.writeHead(200, { "X-Color": color }).end(), 80);
		expect(await textOf({ path: "/slow", within: "50ms" })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: GET http://127.0.0.1:8080/slow through the preview answered 200 in <time> (wanted within <time>)
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("none at all", async () => {
		host.answers["/cut"] = (_color, _way, request) => void request.socket.destroy();
		expect(await textOf({ path: "/cut" })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: GET http://127.0.0.1:8080/cut through the preview got no answer: socket hang up (after <time>)
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("one of another color", async () => {
		host.answers["/blue"] = (_color, _way, _request, response) =>
			void response.writeHead(200, { "X-Color": "blue" }).end();
		expect(await textOf({ path: "/blue" })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: GET http://127.0.0.1:8080/blue through the preview answered 200 in <time>, and it was blue that did, not green
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("the second of three", async () => {
		let count = 0;
		host.answers["/some"] = (color, _way, _request, response) =>
			void response.writeHead(++count === 2 ? 503 : 200, { "X-Color": color }).end();
		expect(await textOf({ path: "/some", times: 3 })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: GET http://127.0.0.1:8080/some through the preview answered 503 in <time> (wanted 2xx) (request 2 of 3)
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("a command", async () => {
		const script = 'echo "$COLOR $VERSION $PREVIEW_HEADER"; echo broken >&2; exit 2';
		expect(await textOf({ name: "contract", command: ["sh", "-c", script] })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: check "contract": sh -c echo "$COLOR $VERSION $PREVIEW_HEADER"; echo broken >&2; exit 2 on this machine ended with exit code 2 after <time>
			  it printed:
			    green 2.0.0 X-Preview
			    broken
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("a command that is not there, and one that does not end", async () => {
		expect(await textOf({ command: ["no-such-program"] })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: no-such-program on this machine: cannot be started: spawn no-such-program ENOENT
			  p-green-web-1, its last log lines:
			    green was here"
		`);
		expect(await textOf({ command: ["sleep", "60"], deadline: "100ms" })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: sleep 60 on this machine was ended after <time>, at its deadline
			  it printed nothing
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("a command in a container: what it is given, and what it printed", async () => {
		const { run } = host.fake;
		host.fake.run = async (container, command, env) => {
			if (container === PROXY) return run(container, command, env);
			const { URL: url, ...rest } = env;
			return {
				stdout: `${container} ${url?.replace(/\d+$/, "<port>")} ${JSON.stringify(rest)}\n`,
				exitCode: 1,
			};
		};
		expect(await textOf({ command: ["self-test"], in: "web" })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: self-test in p-green-web-1 ended with exit code 1 after <time>
			  it printed:
			    p-green-web-1 http://p-proxy:<port> {"PREVIEW_HEADER":"X-Preview","PREVIEW_TOKEN":"<previewToken>","COLOR":"green","VERSION":"2.0.0"}
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});

	test("a command in a service of which the new color has no container", async () => {
		expect(await textOf({ command: ["self-test"], in: "worker" })).toMatchInlineSnapshot(`
			"green 2.0.0 did not pass before the switch: green has no container of worker to run self-test in
			  p-green-web-1, its last log lines:
			    green was here"
		`);
	});
});

test("after the switch a command gets no token", async () => {
	const script = '[ -n "$PREVIEW_TOKEN" ] && exit 0; echo "public: [$PREVIEW_TOKEN]"; exit 1';
	expect(
		await failure(host, inputs("green", [{ command: ["sh", "-c", script] }]), blueServes(host)),
	).toContain("    public: []\n");
	expect(host.serving()).toBe("blue");
});

import { once } from "node:events";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Serving } from "../../../components/runtime/caddy/world";
import { announced, type Notice } from "../../../components/runtime/notify";
import { MovedBackError, StepError } from "../../../components/runtime/report";
import type { CutoverInputs, CutoverOutputs, Webhook } from "../../../components/runtime/steps";
import { SWITCH_EVENTS } from "../../../components/settings/notify";
import { type LocalServer, Said, serve } from "./support/server";

type Body = Notice & { text?: string };

let hook: LocalServer;
let told: { path: string | undefined; body: Body }[];
/** Statuses of the next answers, "hang up", or "never"; then 204. */
let answers: (number | "hang up" | "never")[];
let said: Said;

beforeEach(async () => {
	told = [];
	answers = [];
	said = new Said();
	hook = await serve(async (request, response) => {
		const answer = answers.shift() ?? 204;
		if (answer === "never") return;
		if (answer === "hang up") return void request.socket.destroy();
		const body = (await json(request)) as Body;
		if (answer < 300) told.push({ path: request.url, body });
		response.writeHead(answer).end();
	});
});
afterEach(() => hook.close());

const OUTPUTS = { activeColor: "green" } as CutoverOutputs;
const DEADLINE_MS = 1_500;

function inputs(...webhooks: Partial<Webhook>[]): Parameters<typeof announced>[0] {
	const whole = webhooks.map(
		(webhook): Webhook => ({ url: `${hook.url}/hook`, on: SWITCH_EVENTS, format: "json", ...webhook }),
	);
	return {
		active: "green",
		releases: { blue: { version: "1.4.0", services: {} }, green: { version: "1.5.0", services: {} } },
		proxy: { container: "p-proxy", id: "1", url: "http://127.0.0.1:8080" },
		notify: {
			stack: "shop/prod",
			webhooks: whole.length === 0 ? [{ url: `${hook.url}/hook`, on: SWITCH_EVENTS, format: "json" }] : whole,
		},
	} as unknown as CutoverInputs & Required<Pick<CutoverInputs, "notify">>;
}

function run(
	work: () => Promise<CutoverOutputs> = async () => OUTPUTS,
	of = inputs(),
	serving: Serving | Error = "blue",
): Promise<CutoverOutputs> {
	const look = async () => {
		if (serving instanceof Error) throw serving;
		return serving;
	};
	return announced(of, said, look, work, DEADLINE_MS);
}

function fails(error: Error): () => Promise<never> {
	return () => Promise.reject(error);
}

describe("a switch is told", () => {
	test("when it starts and when it has finished, with all that is known", async () => {
		expect(await run()).toBe(OUTPUTS);
		const common = {
			stack: "shop/prod",
			from: "blue",
			to: "green",
			versions: { blue: "1.4.0", green: "1.5.0" },
			startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
			url: "http://127.0.0.1:8080",
		};
		expect(told.map(({ body }) => body)).toEqual([
			{ ...common, event: "started" },
			{ ...common, event: "finished", durationMs: expect.any(Number) },
		]);
		expect(told[0]?.path).toBe("/hook");
		expect(said.warnings).toEqual([]);
	});

	test("when traffic went back, with the first line of the reason", async () => {
		const error = new MovedBackError(
			"green 1.5.0 did not pass: 500\nTraffic was moved back to blue in 20 ms",
		);
		await expect(run(fails(error))).rejects.toBe(error);
		expect(told.map(({ body }) => [body.event, body.reason])).toEqual([
			["started", undefined],
			["rolled-back", "green 1.5.0 did not pass: 500"],
		]);
	});

	test("when it failed before traffic had moved", async () => {
		const error = new StepError("green 1.5.0 is not ready after 7.5 s\nTraffic was not moved");
		await expect(run(fails(error))).rejects.toBe(error);
		expect(told.at(-1)?.body).toMatchObject({
			event: "failed",
			reason: "green 1.5.0 is not ready after 7.5 s",
		});
	});

	test("when it has paused", async () => {
		await run(async () => ({ ...OUTPUTS, activeColor: "shared" }));
		expect(told.map(({ body }) => body.event)).toEqual(["started", "paused"]);
	});

	test("for the first release, which comes from nowhere", async () => {
		await run(undefined, undefined, "none");
		expect(told).toHaveLength(2);
		expect(told[0]?.body).not.toHaveProperty("from");
	});

	test("with the host name that visitors use", async () => {
		const of = inputs();
		const proxy = { ...of.proxy, host: "shop.example.com" };
		await run(undefined, { ...of, proxy });
		expect(told[0]?.body.url).toBe("http://shop.example.com:8080");
	});

	test("to each webhook what it asked for", async () => {
		await run(
			undefined,
			inputs({ url: `${hook.url}/a`, on: ["finished"] }, { url: `${hook.url}/b`, on: ["started", "failed"] }),
		);
		expect(told.map(({ path, body }) => `${path} ${body.event}`).sort()).toEqual([
			"/a finished",
			"/b started",
		]);
	});
});

test("what is no switch is told to nobody", async () => {
	expect(await run(undefined, undefined, "green")).toBe(OUTPUTS);
	const error = new StepError("the Caddyfile is wrong");
	await expect(run(fails(error), undefined, "green")).rejects.toBe(error);
	expect(hook.connections()).toBe(0);
});

test("a proxy that cannot be read is the cutover's to complain of", async () => {
	expect(await run(undefined, undefined, new Error("no such container"))).toBe(OUTPUTS);
	expect(hook.connections()).toBe(0);
});

describe("Slack's text", () => {
	const texts = () => told.map(({ body }) => body.text);
	const slack = () => inputs({ format: "slack" });

	test("is one line, and nothing else", async () => {
		await run(undefined, slack());
		expect(texts()).toEqual([
			"shop/prod: switch blue 1.4.0 → green 1.5.0 has started (http://127.0.0.1:8080)",
			expect.stringMatching(
				/^shop\/prod: green 1\.5\.0 serves: switch blue 1\.4\.0 → green 1\.5\.0 finished in \d+ ms \(http/,
			),
		]);
		expect(Object.keys(told[0]?.body ?? {})).toEqual(["text"]);
	});

	test("of a failure holds no mark-up of its reason", async () => {
		await run(fails(new MovedBackError("GET / answered <!channel> & <b>")), slack()).catch(() => undefined);
		expect(texts().at(-1)).toBe(
			"shop/prod: green 1.5.0 failed, and traffic is back on blue 1.4.0: GET / answered &lt;!channel&gt; &amp; &lt;b&gt; (http://127.0.0.1:8080)",
		);
	});
});

describe("a webhook that fails", () => {
	test.for([500, 503, 429, "hang up"] as const)(
		"with %s is tried again, and the order stays",
		async (trouble) => {
			answers.push(trouble, trouble);
			await run();
			expect(told.map(({ body }) => body.event)).toEqual(["started", "finished"]);
			expect(said.warnings).toEqual([]);
		},
	);

	test.for([404, 410, 302])("with %i is not tried again, and the person is told", async (status) => {
		answers.push(status);
		expect(await run()).toBe(OUTPUTS);
		expect(told.map(({ body }) => body.event)).toEqual(["finished"]);
		expect(said.warnings).toEqual([
			expect.stringMatching(
				new RegExp(
					`^the webhook at 127\\.0\\.0\\.1:\\d+ was not told "started": it answered ${status} \\(1 try in \\d+ ms\\)\\. The switch is not concerned\\.$`,
				),
			),
		]);
	});

	test("never shows its path, which may be as good as a password", async () => {
		answers.push(403, 403);
		await run(undefined, inputs({ url: `${hook.url}/services/T0/B0/secret` }));
		expect(said.warnings).toHaveLength(2);
		expect(said.warnings.join()).not.toContain("secret");
	});

	test("for ever ends with the deadline, and changes neither what the switch gives nor when it goes back", async () => {
		answers = Array.from({ length: 50 }, () => "never" as const);
		const start = performance.now();
		let movedBackMs = Number.POSITIVE_INFINITY;
		const error = new MovedBackError("no");
		const work = async () => {
			movedBackMs = performance.now() - start;
			throw error;
		};
		await expect(run(work)).rejects.toBe(error);
		expect(movedBackMs).toBeLessThan(200);
		expect(performance.now() - start).toBeLessThan(DEADLINE_MS + 500);
		expect(said.warnings).toHaveLength(2);
	});

	test("does not keep another one from being told", async () => {
		answers = [];
		const dead = await serve(() => undefined);
		await run(undefined, inputs({ url: dead.url }, {}));
		await dead.close();
		expect(told.map(({ body }) => body.event)).toEqual(["started", "finished"]);
		expect(said.warnings).toHaveLength(2);
	});

	test("because nothing listens is a line to the person", async () => {
		const gone = await serve(() => undefined);
		await gone.close();
		expect(await run(undefined, inputs({ url: gone.url, on: ["finished"] }))).toBe(OUTPUTS);
		expect(said.warnings[0]).toContain('was not told "finished": ECONNREFUSED');
	});
});

test("nothing is waited for while the switch goes on", async () => {
	answers.push("never");
	let waited = Number.NaN;
	const start = performance.now();
	await run(async () => {
		waited = performance.now() - start;
		await once(AbortSignal.timeout(50), "abort");
		return OUTPUTS;
	});
	expect(waited).toBeLessThan(200);
});

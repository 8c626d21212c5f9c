import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { notReady, type Unready } from "../../../components/runtime/gate";
import { colorsToCheck, runHealthGate } from "../../../components/runtime/health-gate";
import type { HealthGateInputs, Target } from "../../../components/runtime/steps";
import { FakeEngine } from "./support/fake-engine";
import { lineServer } from "./support/line-server";
import { Said, withoutTimes } from "./support/server";

let fake: FakeEngine;
beforeEach(async () => {
	fake = await FakeEngine.start();
	fake.containers.set("p-proxy", {});
});
afterEach(() => fake.close());

function target(container: string, id = `id-of-${container}`): Target {
	return { container, id, service: "web", readiness: { staysUpMs: 0 } };
}

const POLICY = { intervalMs: 5, timeoutMs: 2_000, passes: 2, deadlineMs: 5_000 };

describe("the text about a color that is not ready", () => {
	const text = async (unready: Unready[]) => {
		const result = { ready: false, durationMs: 4_200, unready } as const;
		const policy = { ...POLICY, passes: 3, deadlineMs: 60_000 };
		const error = await notReady(fake.engine, "green 2.0.0", result, policy, "blue keeps serving.");
		return `${error.name}: ${error.message}`;
	};

	test("tells of each replica: passes, the last thing seen, the last log lines", async () => {
		fake.containers.set("p-green-web-1", { logs: ["listening on 3000", "database: connection refused"] });
		fake.containers.set("p-green-web-2", {});
		expect(
			await text([
				{
					target: target("p-green-web-1"),
					last: { state: "wait", seen: "GET /health answered 503: no database" },
					passes: 0,
				},
				{
					target: target("p-green-web-2"),
					last: { state: "pass", seen: "GET /health answered 200" },
					passes: 2,
				},
			]),
		).toMatchInlineSnapshot(`
			"StepError: green 2.0.0 is not ready after 4.2 s of at most 60.0 s.
			  p-green-web-1 (0 of 3 passes in a row): GET /health answered 503: no database
			  its last log lines:
			    listening on 3000
			    database: connection refused
			  p-green-web-2 (2 of 3 passes in a row): GET /health answered 200
			blue keeps serving."
		`);
	});

	test("tells who has an image that looks for a variable where its value is", async () => {
		fake.containers.set("p-green-web-1", { logs: ["KeyError: 'DATABASE_URL'"] });
		const inFiles = ["DATABASE_URL", "REDIS_URL"];
		const unready: Unready = {
			target: { ...target("p-green-web-1"), inFiles },
			last: { state: "dead", seen: "it is exited (exit code 1)" },
			passes: 0,
		};
		expect(await text([unready])).toContain(
			`    KeyError: 'DATABASE_URL'
  DATABASE_URL: given as a file, which DATABASE_URL_FILE names. An image that knows no files needs: pulumi config set --path services.web.secretsAs env
`,
		);
		fake.containers.set("p-green-web-1", { logs: ["cannot listen", "DATABASE_URL_FILE is read"] });
		expect(await text([unready])).not.toContain("secretsAs");
	});

	test("tells what failed before the last passes, which alone would explain nothing", async () => {
		fake.containers.set("p-green-web-1", {});
		const unready: Unready = {
			target: target("p-green-web-1"),
			last: { state: "pass", seen: "GET /health answered 200" },
			passes: 2,
			setback: { state: "wait", seen: "GET /health answered 503: no database" },
		};
		expect(await text([unready])).toMatchInlineSnapshot(`
			"StepError: green 2.0.0 is not ready after 4.2 s of at most 60.0 s.
			  p-green-web-1 (2 of 3 passes in a row): GET /health answered 200
			  before that: GET /health answered 503: no database
			blue keeps serving."
		`);
	});

	test("counts no passes of a dead one", async () => {
		fake.containers.set("p-green-web-1", { status: "exited", logs: ["Error: no DATABASE_URL"] });
		const last = { state: "dead", seen: "it is exited (exit code 1)" } as const;
		expect(await text([{ target: target("p-green-web-1"), last, passes: 0 }])).toMatchInlineSnapshot(`
			"StepError: green 2.0.0 is not ready after 4.2 s of at most 60.0 s.
			  p-green-web-1: it is exited (exit code 1)
			  its last log lines:
			    Error: no DATABASE_URL
			blue keeps serving."
		`);
	});
});

describe("the health gate", () => {
	/** Blue serves by the switch file; green's containers are what the tests say. */
	function inputs(green: readonly Target[], active: "blue" | "green" = "green"): HealthGateInputs {
		fake.talk = () => lineServer(() => `text ${Buffer.from("0").toString("base64")}`);
		return {
			active,
			colors: { green: { version: "2.0.0", targets: green } },
			proxy: "p-proxy",
			policy: POLICY,
		};
	}

	test("says what it waits for, and how long it took", async () => {
		fake.containers.set("p-green-web-1", {});
		fake.containers.set("p-green-web-2", {});
		const said = new Said();
		const both = inputs([target("p-green-web-1"), target("p-green-web-2")]);
		const { result } = await runHealthGate(fake.engine, undefined, both, said);
		expect(withoutTimes(result)).toBe("green 2.0.0: 2 replicas ready in <time>");
		expect(said.infos.map(withoutTimes)).toEqual([
			"waiting for green 2.0.0: 2 replicas, 2 passes in a row, at most <time>",
			"green 2.0.0: 2 replicas ready in <time>",
		]);
	});

	test("says who serves and what comes next when the color to be is not ready", async () => {
		fake.containers.set("p-green-web-1", { status: "restarting", exitCode: 1, logs: ["no DATABASE_URL"] });
		const failing = runHealthGate(fake.engine, undefined, inputs([target("p-green-web-1")]), new Said());
		const error = await failing.catch((caught: Error) => caught);
		expect(withoutTimes((error as Error).message)).toMatchInlineSnapshot(`
			"green 2.0.0 is not ready after <time> of at most <time>.
			  p-green-web-1: it keeps restarting (exit code 1)
			  its last log lines:
			    no DATABASE_URL
			Traffic was not moved: blue keeps serving.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
	});

	test("says that traffic is not concerned when it is the standby", async () => {
		const failing = runHealthGate(fake.engine, undefined, inputs([target("gone")], "blue"), new Said());
		const error = await failing.catch((caught: Error) => caught);
		expect(withoutTimes((error as Error).message)).toMatchInlineSnapshot(`
			"green 2.0.0 is not ready after <time> of at most <time>.
			  gone: there is no such container
			Traffic was not moved: blue keeps serving.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Until then every \`pulumi up\` waits for green and says so; traffic is not concerned."
		`);
	});

	test("blames no replica where the proxy, from which it is asked, does not run", async () => {
		fake.containers.set("p-proxy", { status: "exited" });
		const news = inputs([target("gone")]);
		await expect(runHealthGate(fake.engine, undefined, news, new Said())).rejects.toThrow(
			"The proxy p-proxy does not run: it is exited (exit code 0). Nothing is served.",
		);
	});

	test("with nothing new has nothing to check", async () => {
		const news = inputs([target("p-green-web-1")], "blue");
		expect(await runHealthGate(fake.engine, news, news, new Said())).toEqual({
			...news,
			result: "nothing new to check",
			lastRun: { startedAt: expect.stringMatching(/^\d{4}-.*Z$/), durationMs: expect.any(Number) },
			passed: {},
		});
	});
});

describe("colors to check", () => {
	const of = (active: "blue" | "green", colors: Record<string, readonly string[]>): HealthGateInputs => ({
		active,
		colors: Object.fromEntries(
			Object.entries(colors).map(([color, ids]) => [
				color,
				{ version: "1", targets: ids.map((id) => target(`${color}-${id}`, id)) },
			]),
		),
		proxy: "p-proxy",
		policy: POLICY,
	});

	test.for([
		[
			"at first: all, the active one first",
			undefined,
			of("green", { blue: ["b1"], green: ["g1"] }),
			["green", "blue"],
		],
		["nothing changed: none", of("blue", { blue: ["b1"] }), of("blue", { blue: ["b1"] }), []],
		[
			"traffic moves: the color that becomes active, though its containers are old",
			of("blue", { blue: ["b1"], green: ["g1"] }),
			of("green", { blue: ["b1"], green: ["g1"] }),
			["green"],
		],
		[
			"new containers on the standby",
			of("blue", { blue: ["b1"], green: ["g1"] }),
			of("blue", { blue: ["b1"], green: ["g2"] }),
			["green"],
		],
		[
			"one more replica of the active color",
			of("blue", { blue: ["b1"] }),
			of("blue", { blue: ["b1", "b2"] }),
			["blue"],
		],
		["one replica fewer: none", of("blue", { blue: ["b1", "b2"] }), of("blue", { blue: ["b1"] }), []],
		[
			"a color that goes is not waited for",
			of("blue", { blue: ["b1"], green: ["g1"] }),
			of("blue", { blue: ["b1"] }),
			[],
		],
	] as const)("%s", ([, olds, news, expected]) => {
		expect(colorsToCheck(olds, news)).toEqual(expected);
	});
});

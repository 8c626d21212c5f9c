import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCutover } from "../../../components/runtime/read-cutover";
import type { CutoverInputs, CutoverOutputs } from "../../../components/runtime/steps";
import { blueServes, cutOver, failure } from "./support/cutover";
import { FakeHost, LONG_AGO, RELEASES } from "./support/fake-host";
import { FakeWatch } from "./support/fake-watch";
import { Said } from "./support/server";

const SWITCH = "/switch/green_below";
const VISIT = "0123456789abcdef0123456789abcdef";
const AT_5 = `0ccd-to-green-${VISIT}`;
const AT_25 = `4000-to-green-${VISIT}`;

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

const STEPS = [
	{ percent: 5, holdMs: 10, pause: false },
	{ percent: 25, holdMs: 10, pause: false },
];
const [FIVE, TWENTY_FIVE] = STEPS as [(typeof STEPS)[0], (typeof STEPS)[0]];
const PAUSING = [{ ...FIVE, pause: true }, TWENTY_FIVE];

function toGreen(changes: Partial<CutoverInputs> = {}): CutoverInputs {
	return host.inputs("green", { trial: { steps: STEPS }, ...changes });
}

/** What was written to the switch file, with the random part of a trial made the same. */
function shares(): string[] {
	return host.log
		.filter((line) => line.startsWith(`write ${SWITCH}`))
		.map((line) => line.slice(`write ${SWITCH} `.length).replace(/[0-9a-f]{32}/, "<visit>"));
}

describe("a release in steps", () => {
	test("gives each share with one rename, and then everything", async () => {
		const said = new Said();
		const { activeColor, onTrial, lastCutover } = await cutOver(host, toGreen(), blueServes(host), said);
		expect(shares()).toEqual(["0ccd-to-green-<visit>", "4000-to-green-<visit>", "g"]);
		expect({ activeColor, onTrial }).toEqual({ activeColor: "green", onTrial: undefined });
		expect(lastCutover).toMatchObject({ from: "blue", to: "green" });
		expect(lastCutover?.stages.map(({ name }) => name)).toEqual([
			"gate",
			"look",
			"check",
			"configure",
			"5 %",
			"25 %",
			"switch",
			"verify",
			"record",
		]);
		expect(said.infos).toEqual([
			"traffic: 5 % to green 2.0.0, for 0 s",
			"traffic: 25 % to green 2.0.0, for 0 s",
			"traffic: green 1",
		]);
	});

	test("gives all its visitors one token, which is another one in the next release", async () => {
		await cutOver(host, toGreen(), blueServes(host));
		const written = host.log.filter((line) => line.includes("-to-green-"));
		const tokens = new Set(written.map((line) => /[0-9a-f]{32}/.exec(line)?.[0]));
		expect(tokens.size).toBe(1);
		host.log.length = 0;
		await cutOver(host, toGreen(), blueServes(host));
		expect(host.log.some((line) => line.includes([...tokens][0] ?? ""))).toBe(false);
	});

	test("asks as a visitor of the new color as soon as it has the first share, and as anybody at the end", async () => {
		await cutOver(host, toGreen(), blueServes(host));
		const asked = host.log.filter((line) => line.startsWith("public"));
		expect(asked).toEqual([
			"public / by green",
			"public / by green",
			"public / by green",
			"public / by green",
		]);
		expect(host.cookies.slice(0, 2)).toEqual(host.cookies.slice(0, 1).concat(host.cookies.slice(0, 1)));
		expect(host.cookies[0]).toMatch(/^blue-green=[0-9a-f]{16}$/);
		expect(host.cookies.slice(2)).toEqual([undefined, undefined]);
	});

	test("that is wrong to its first visitor goes back at once", async () => {
		const olds = blueServes(host);
		host.publicStatus.green = 500;
		expect(await failure(host, toGreen(), olds)).toMatchInlineSnapshot(`
			"green 2.0.0 was given up at 5 %: GET http://127.0.0.1:8080/ (web) as a visitor of the trial answered 500 (wanted 2xx): green says hello
			All traffic was moved back to blue in <time>; blue serves. green keeps running for you to look at.
			Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
		expect(shares()).toEqual(["0ccd-to-green-<visit>", "0"]);
	});

	test("notes what both colors are before the first visitor, and what has served only at the end", async () => {
		await cutOver(host, toGreen(), blueServes(host));
		const first = host.log.findIndex((line) => line.includes("-to-green-"));
		const all = host.log.indexOf(`write ${SWITCH} g`);
		const noted = host.log.indexOf(`write ${RELEASES} ${host.record({ blue: LONG_AGO, green: "now" })}`);
		expect(host.log.slice(0, first)).toContain(`read ${RELEASES}`);
		expect(noted).toBeGreaterThan(all);
	});

	test("moves all at once where the color is on its way back, or nothing serves", async () => {
		await cutOver(host, host.inputs("green", { forward: false }), blueServes(host));
		expect(shares()).toEqual(["g"]);
	});

	test("to blue counts from the other end", async () => {
		host.released("green", "a Caddyfile");
		const olds: CutoverOutputs = { ...blueServes(host), activeColor: "green" };
		host.released("green", "a Caddyfile");
		await cutOver(host, host.inputs("blue", { trial: { steps: [FIVE] } }), olds);
		expect(shares()).toEqual(["f333-to-blue-<visit>", "0"]);
	});
});

const OBSERVED = { everyMs: 1_000, windowMs: 10, routes: [], prometheus: [], probes: [] };

describe("while it is watched", () => {
	test("every step is a phase, and the window at the end", async () => {
		const watch = new FakeWatch();
		const news = toGreen({ observe: OBSERVED });
		const { lastCutover } = await cutOver(host, news, blueServes(host), new Said(), async () => watch);
		expect(watch.phases).toEqual(["5 %", "25 %", "all traffic"]);
		// Only requests of a trial are counted; a release that is done takes the short way.
		expect(shares().slice(-2)).toEqual(["g-to-green-<visit>", "g"]);
		expect(watch.closed).toBe(true);
		expect(lastCutover?.stages.map(({ name }) => name).slice(-2)).toEqual(["record", "observe"]);
	});

	test("it says what both colors have done, and what the watch remarks", async () => {
		const watch = new FakeWatch();
		watch.seen = {
			blue: { requests: 2_310, errors: 0, p50Ms: 2.31, p99Ms: 12.4 },
			green: { requests: 1, errors: 1 },
		};
		watch.said = "1 of at least 100 requests";
		const said = new Said();
		await cutOver(host, toGreen({ trial: { steps: [FIVE] } }), blueServes(host), said, async () => watch);
		const figures = "green 1 request, 1 error · blue 2,310 requests, 0 errors, p50 2.3 ms, p99 12 ms";
		expect(said.infos).toContain(`5 % is over: ${figures}`);
		expect(said.warnings).toContain("5 %: 1 of at least 100 requests");
		expect(said.statuses).toContain(`5 % 0:01 left: ${figures}`);
	});

	test.for(["5 %", "25 %", "all traffic"])("what it finds at %s moves all traffic back", async (phase) => {
		const olds = blueServes(host);
		const watch = new FakeWatch();
		watch.breaches = { [phase]: { text: "2 % errors, of at most 1 %", firstBadAtMs: Date.now() - 500 } };
		const text = await failure(host, toGreen({ observe: OBSERVED }), olds, async () => watch);
		expect(text).toBe(
			[
				`green 2.0.0 was given up ${phase === "all traffic" ? "with all traffic" : `at ${phase}`}: 2 % errors, of at most 1 %`,
				"All traffic was moved back to blue in <time>, <time> after the first of the bad requests; blue serves. green keeps running for you to look at.",
				"Next: mend what it needs, or give it another version (pulumi config set --path colors.green.version <version>), then: pulumi up",
				"Or give up: pulumi config set activeColor blue && pulumi up",
			].join("\n"),
		);
		expect(host.serving()).toBe("blue");
		expect(host.files.get(RELEASES)).toBe(host.record({ blue: LONG_AGO }));
		expect(watch.closed).toBe(true);
	});

	test("an instant switch is looked at, too, where a window is set", async () => {
		const watch = new FakeWatch();
		const news = host.inputs("green", { observe: OBSERVED });
		await cutOver(host, news, blueServes(host), new Said(), async () => watch);
		expect(watch.phases).toEqual(["all traffic"]);
	});

	test("the way back is not", async () => {
		const news = host.inputs("green", { observe: { ...OBSERVED, windowMs: 60_000 }, forward: false });
		await cutOver(host, news, blueServes(host), new Said(), () => {
			throw new Error("it was opened");
		});
		expect(host.serving()).toBe("green");
	});

	test("a window that was interrupted is begun anew", async () => {
		const olds = blueServes(host);
		host.released("green", "a Caddyfile");
		host.files.set(RELEASES, host.record({ blue: LONG_AGO }));
		const watch = new FakeWatch();
		const news = host.inputs("green", { observe: OBSERVED });
		const { served } = await cutOver(host, news, olds, new Said(), async () => watch);
		expect(watch.phases).toEqual(["all traffic"]);
		expect(served).toHaveProperty("green");
	});
});

describe("an interrupted one", () => {
	test("goes on at the share where it was, for the same visitors", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_25);
		const said = new Said();
		const { lastCutover } = await cutOver(host, toGreen(), olds, said);
		const written = host.log.filter((line) => line.startsWith(`write ${SWITCH}`));
		expect(written).toEqual([`write ${SWITCH} ${AT_25}`, `write ${SWITCH} g`]);
		expect(said.infos[0]).toBe("the trial of green 2.0.0 goes on at 25 %");
		expect(lastCutover).toMatchObject({ from: "blue", fromVersion: "1.0.0", to: "green" });
	});

	test("goes on with the next greater share where the steps are others by now", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_5);
		await cutOver(host, toGreen({ trial: { steps: [TWENTY_FIVE] } }), olds);
		expect(shares()).toEqual(["4000-to-green-<visit>", "g"]);
	});

	test("gets all at once where there are no steps any more", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_25);
		await cutOver(host, host.inputs("green"), olds);
		expect(shares()).toEqual(["g"]);
	});

	test("stays where it is behind the page of maintenance, and goes on when that has gone", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_25);
		const resting = await cutOver(host, toGreen({ maintenance: "on" }), olds);
		expect(shares()).toEqual(["4000-to-green-<visit>-maintenance"]);
		expect(resting).toMatchObject({
			activeColor: "shared",
			onTrial: { to: "green", share: 25, paused: false },
			maintenance: "on",
		});
		host.log.length = 0;
		await cutOver(host, toGreen(), resting);
		expect(shares()).toEqual(["4000-to-green-<visit>", "g"]);
	});

	test("is over at once where the other color is wanted again", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_25);
		const { activeColor, lastCutover } = await cutOver(host, host.inputs("blue", { forward: false }), olds);
		expect(shares()).toEqual(["0"]);
		expect({ activeColor, lastCutover }).toMatchObject({
			activeColor: "blue",
			lastCutover: { from: "green", to: "blue" },
		});
	});

	test("that is given up has no color to go back to", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_25);
		host.publicStatus.blue = 500;
		const text = await failure(host, host.inputs("blue", { forward: false }), olds);
		expect(text).toContain("blue stays active: there is no other color to go back to.");
		expect(host.serving()).toBe("blue");
	});
});

describe("a pause", () => {
	const pausing = (passedTo?: number) =>
		toGreen({ trial: { steps: PAUSING, ...(passedTo !== undefined && { passedTo }) } });

	test("ends the step, and says so", async () => {
		const said = new Said();
		const outputs = await cutOver(host, pausing(), blueServes(host), said);
		expect(outputs).toMatchObject({
			activeColor: "shared",
			activeVersion: "1.0.0",
			standbyColor: "green",
			standbyVersion: "2.0.0",
			onTrial: { to: "green", share: 5, paused: true, since: expect.stringMatching(/Z$/) },
			lastCutover: { to: "blue" },
		});
		expect(shares()).toEqual(["0ccd-to-green-<visit>"]);
		expect(said.infos.at(-1)).toBe(
			"paused at 5 %: green 2.0.0 waits. Next: npm run promote, or npm run abort",
		);
	});

	test("stays where nobody has let it go on", async () => {
		const paused = await cutOver(host, pausing(), blueServes(host));
		host.log.length = 0;
		expect(await cutOver(host, pausing(), paused)).toEqual(paused);
		expect(host.log.filter((line) => line.startsWith("write"))).toEqual([]);
	});

	test("goes on with the next step where somebody has, for the same visitors", async () => {
		const paused = await cutOver(host, pausing(), blueServes(host));
		const visit = /[0-9a-f]{32}$/.exec(host.files.get(SWITCH) ?? "")?.[0];
		host.log.length = 0;
		const { activeColor, onTrial, lastCutover } = await cutOver(host, pausing(5), paused);
		const written = host.log.filter((line) => line.startsWith(`write ${SWITCH}`));
		expect(written).toEqual([`write ${SWITCH} 4000-to-green-${visit}`, `write ${SWITCH} g`]);
		expect({ activeColor, onTrial }).toEqual({ activeColor: "green", onTrial: undefined });
		expect(lastCutover).toMatchObject({ from: "blue", fromVersion: "1.0.0", to: "green" });
	});

	test("that was not reached before an `up` was killed is held anew, and reached", async () => {
		const olds = blueServes(host);
		host.files.set(SWITCH, AT_5);
		const { onTrial } = await cutOver(host, pausing(), olds);
		expect(shares()).toEqual(["0ccd-to-green-<visit>"]);
		expect(onTrial).toMatchObject({ share: 5, paused: true });
	});

	test("is over where the other color is wanted again", async () => {
		const paused = await cutOver(host, pausing(), blueServes(host));
		const { onTrial, activeColor } = await cutOver(host, host.inputs("blue", { forward: false }), paused);
		expect({ onTrial, activeColor }).toEqual({ onTrial: undefined, activeColor: "blue" });
		expect(host.serving()).toBe("blue");
	});

	test("is read as it is, and one that nobody noted as an interrupted trial", async () => {
		const paused = await cutOver(host, pausing(), blueServes(host));
		expect(await readCutover(host.engine, paused)).toEqual(paused);
		host.files.set(SWITCH, AT_25);
		const { onTrial, activeColor } = await readCutover(host.engine, paused);
		expect(onTrial).toEqual({ to: "green", share: 25, paused: false });
		expect(activeColor).toBe("shared");
		host.files.set(SWITCH, "g");
		expect(await readCutover(host.engine, paused)).not.toHaveProperty("onTrial");
	});
});

import { describe, expect, it, test } from "vitest";
import { isObserved, observe } from "../../../components/settings/observe";
import { load, problemsText, SMALL } from "./configuration";

test("all settings of observe", async () => {
	const all = {
		window: "2m",
		every: "500ms",
		minRequests: 50,
		maxErrorRate: 0.5,
		maxP99: "800ms",
		compare: "old",
		byRoute: true,
		prometheus: [{ url: "http://prometheus:9090/base/", query: 'up{color="$COLOR"}', max: 0.5 }],
		probes: [{ command: ["node", "probe.js"], deadline: "5s", in: "web" }],
	};
	const strategy = { steps: [{ share: 5, hold: "1m" }] };
	await expect(load({ ...SMALL, observe: all, strategy })).resolves.toBeDefined();
});

describe("without a limit nothing is looked at", () => {
	it.each([
		[{}, false],
		[{ window: "5m", minRequests: 10, byRoute: true }, false],
		[{ maxErrorRate: 0 }, true],
		[{ maxP99: "1s" }, true],
		[{ compare: "old" }, true],
		[{ prometheus: [{ url: "http://a", query: "up", max: 1 }] }, true],
		[{ probes: [{ command: ["true"] }] }, true],
	])("%j: %s", (settings, observed) => {
		expect(isObserved(observe.parse(settings))).toBe(observed);
	});
});

test("values that cannot be", async () => {
	const settings = {
		window: 60,
		every: "10ms",
		minRequests: 0,
		maxErrorRate: 101,
		maxP99: "0",
		compare: "new",
		prometheus: [{ url: "http://user:secret@prometheus:9090", query: "" }],
		probes: [{ command: "node probe.js", in: "Web" }],
	};
	expect(await problemsText({ ...SMALL, observe: settings })).toMatchInlineSnapshot(`
		"11 problems in the settings of stack prod; nothing was touched.
		  observe.window: 60 is not allowed. Allowed: a duration such as "500ms", "5s", "2m" or "0".
		      pulumi config set --path observe.window 30s
		  observe.every: "10ms" is not allowed. Allowed: a duration of "200ms" or more.
		      pulumi config set --path observe.every 30s
		  observe.minRequests: 0 is not allowed. Allowed: at least 1.
		      pulumi config set --path observe.minRequests 100
		  observe.maxErrorRate: 101 is not allowed. Allowed: at most 100.
		      pulumi config set --path observe.maxErrorRate 100
		  observe.maxP99: "0" is not allowed. Allowed: a duration such as "500ms".
		      pulumi config set --path observe.maxP99 30s
		  observe.compare: "new" is not allowed. Allowed: old.
		      pulumi config set --path observe.compare old
		  observe.prometheus[0].url: "http://user:secret@prometheus:9090" is not allowed. Allowed: a URL such as http://prometheus:9090, without a login.
		      pulumi config set --path 'observe.prometheus[0].url' http://127.0.0.1:9090
		  observe.prometheus[0].query: "" is not allowed. Allowed: not empty.
		      pulumi config set --path 'observe.prometheus[0].query' 'sum(rate(orders_failed_total{color="$COLOR"}[1m]))'
		  observe.prometheus[0].max: missing. Allowed: a number.
		      pulumi config set --path 'observe.prometheus[0].max' '<value>'
		  observe.probes[0].command: "node probe.js" is not allowed. Allowed: a list.
		      pulumi config rm --path 'observe.probes[0].command'
		      pulumi config set --path 'observe.probes[0].command[0]' '<value>'
		  observe.probes[0].in: "Web" is not allowed. Allowed: lower-case letters, digits and dashes, beginning with a letter, at most 30 characters.
		      pulumi config set --path 'observe.probes[0].in' '<value>'"
	`);
});

test("what does not fit together", async () => {
	const settings = {
		every: "2m",
		maxErrorRate: 1,
		compare: "old",
		probes: [{ command: ["true"], in: "api" }],
	};
	expect(await problemsText({ ...SMALL, observe: settings })).toMatchInlineSnapshot(`
		"3 problems in the settings of stack prod; nothing was touched.
		  observe.probes[0].in: there is no service api. Allowed: web, or nothing, and it runs where pulumi up runs.
		      pulumi config set --path 'observe.probes[0].in' web
		      pulumi config rm --path 'observe.probes[0].in'
		  observe.every: 120000 ms is longer than observe.window, 60000 ms. Allowed: at most that.
		      pulumi config set --path observe.every 1s
		  observe.compare: the colors are compared while both have visitors, and no step of strategy is held. Allowed: with such a step.
		      pulumi config set --path 'strategy.steps[0].share' 5
		      pulumi config set --path 'strategy.steps[0].hold' 2m
		      pulumi config rm --path observe.compare"
	`);
	expect(await problemsText({ ...SMALL, observe: { window: "0", maxErrorRate: 1 } })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  observe.window: there is no time in which the limits would be looked at. Allowed: "0" only where a step of strategy is held.
		      pulumi config set --path observe.window 60s"
	`);
});

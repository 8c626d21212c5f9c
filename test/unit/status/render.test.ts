import { describe, expect, test } from "vitest";
import { LABEL } from "../../../components/plan/names";
import { statusReport } from "../../../components/runtime/status/report";
import type { HostStatus, SeenContainer, StateStatus } from "../../../components/runtime/status/types";
import { ageText } from "../../../scripts/lib/columns";
import { COLORED, paintFor } from "../../../scripts/lib/paint";
import { statusJson } from "../../../scripts/status/json";
import { renderLine, renderStatus } from "../../../scripts/status/render";
import { container, NOW, replica, stateOf, wellHost } from "./support/stack";

function reportOf(host: HostStatus | string, state: StateStatus | string = stateOf(wellHost())) {
	return statusReport(
		{ stack: "shop/prod", prefix: "shop-prod" },
		typeof host === "string" ? { problem: host } : { value: host },
		typeof state === "string" ? { problem: state } : { value: state },
		undefined,
	);
}

/** Nobody asks one that does not run whether it is ready. */
function stopped({ readiness: _, ...one }: SeenContainer): SeenContainer {
	return { ...one, status: "exited", exitCode: 137 };
}

const DRIFTED = wellHost({
	switchValue: "8000",
	containers: [
		container("proxy", { labels: { [LABEL.role]: "proxy" } }),
		stopped(replica("green", "2.0.0")),
		replica("blue", "1.0.0", { id: "made by hand", restarts: 3, startedAtMs: NOW - 90_000 }),
	],
});

describe("the screen of npm run status", () => {
	test("where all is well", () => {
		const state = stateOf(wellHost(), { proxy: { url: "http://127.0.0.1:8080" } as never });
		expect(renderStatus(reportOf(wellHost(), state))).toBe(
			`
shop/prod at 2026-11-21 12:00:00 UTC

               is                                                           by the state
  traffic      green 2.0.0 gets all                                         the same
  standby      blue 1.0.0, for 2 h
  proxy        Caddy v2.11.9                                                http://127.0.0.1:8080
  Caddyfile    in force                                                     the same
  in flight    blue 0 requests, green 3 requests and 1 stream
  schema       2
  last switch  blue 1.0.0 → green 2.0.0, succeeded, 2 h ago by anna@laptop

  container              version            status   health   restarts  for  to the state
  shop-prod-proxy        caddy:2.11-alpine  running           0         3 h  known
  shop-prod-blue-web-1   1.0.0              running  ready    0         3 h  known
  shop-prod-green-web-1  2.0.0              running  ready    0         3 h  known
  shop-prod-db-main      postgres:17        running  healthy  0         3 h  known

All is well.`.trimStart(),
		);
	});

	test("where things are ill, and not as the state says", () => {
		expect(renderStatus(reportOf(DRIFTED))).toBe(
			`
shop/prod at 2026-11-21 12:00:00 UTC

               is                                                           by the state
≠ traffic      blue and green share it, by hand                             green gets all
  proxy        Caddy v2.11.9
  Caddyfile    in force                                                     the same
  in flight    blue 0 requests, green 3 requests and 1 stream
  schema       2
  last switch  blue 1.0.0 → green 2.0.0, succeeded, 2 h ago by anna@laptop

  container              version            status        health  restarts  for   to the state
  shop-prod-proxy        caddy:2.11-alpine  running               0         3 h   known
≠ shop-prod-blue-web-1   1.0.0              running       ready   3         90 s  not known
✗ shop-prod-green-web-1  2.0.0              exited (137)          0               known
≠ shop-prod-db-main                         not there                             known

✗ green has traffic, and none of its containers runs: visitors get errors.
  Next: pulumi up --refresh
✗ shop-prod-green-web-1 does not run: exited, exit code 137.
  Next: docker start shop-prod-green-web-1
≠ The proxy does something else than the state says: blue and green share it, by hand; by the state, green gets all.
  Next: pulumi refresh && pulumi up
≠ The state has shop-prod-db-main, the Docker host does not.
  Next: pulumi up --refresh
≠ shop-prod-blue-web-1 is another container than the one that the state knows.
  Next: pulumi preview, which says what becomes of it
· shop-prod-blue-web-1 was started again by Docker 3 times.
  Next: docker logs --tail 50 shop-prod-blue-web-1
Not well: 2 things ill, 3 differences from the state.`.trimStart(),
		);
	});

	test("where Docker does not answer", () => {
		const releases = { green: { version: "2.0.0", services: {} } };
		expect(renderStatus(reportOf("no such socket", stateOf(wellHost(), { releases })))).toBe(
			`
shop/prod
Docker does not answer, so what runs cannot be seen: no such socket

By the state, green 2.0.0 gets all.

Whether all is well cannot be told.`.trimStart(),
		);
	});

	test("where the state cannot be read", () => {
		const text = renderStatus(reportOf(wellHost(), "no such backend"));
		expect(text).toContain("The state cannot be read: no such backend");
		expect(text).toContain("shop-prod-green-web-1  2.0.0");
		expect(text).not.toContain("to the state");
		expect(text).toMatch(/Whether all is well cannot be told\.$/);
	});

	test("has colors on a terminal only, and only where they are liked", () => {
		expect(renderStatus(reportOf(wellHost()), COLORED)).toContain("\u001b[32mAll is well.\u001b[39m");
		expect(paintFor({ isTTY: true }, {})("ill", "x")).not.toBe("x");
		expect(paintFor({ isTTY: true }, { NO_COLOR: "1" })("ill", "x")).toBe("x");
		expect(paintFor({}, {})("ill", "x")).toBe("x");
	});

	test("is a line where nothing can be drawn", () => {
		expect(renderLine(reportOf(wellHost()))).toBe(
			"2026-11-21 12:00:00 UTC well: green 2.0.0 gets all; in flight: blue 0 requests, green 3 requests and 1 stream",
		);
		const drifted = renderLine(reportOf(wellHost({ switchValue: "0" })));
		expect(drifted).toContain("UTC not well: The proxy does something else than the state says");
		expect(drifted).not.toContain("\n");
		expect(renderLine(reportOf(wellHost(), "no such backend"))).toContain(" unknown, no state: green 2.0.0");
	});
});

describe("the JSON of npm run status", () => {
	test("has the facts, and nothing of the state's resources or the Caddyfile", () => {
		const host = wellHost({ caddyfile: "SECRET-CADDYFILE" });
		const state = stateOf(host, { caddyfile: "SECRET-CADDYFILE", previewToken: "SECRET-TOKEN" });
		const json = JSON.stringify(statusJson(reportOf(host, state)));
		expect(json).not.toContain("SECRET");
		expect(JSON.parse(json)).toMatchObject({
			stack: "shop/prod",
			well: true,
			findings: [],
			host: {
				at: "2026-11-21T12:00:00.000Z",
				traffic: { serving: "green", maintenance: "off" },
				versions: { blue: "1.0.0", green: "2.0.0" },
				proxy: { caddyVersion: "v2.11.9", inFlight: { green: { requests: 3, streams: 1 } } },
				schema: "2",
				lastSwitch: { outcome: "succeeded" },
			},
			state: { traffic: { serving: "green" }, pending: [] },
		});
	});

	test("tells of each container whether the state knows it", () => {
		const { host } = statusJson(reportOf(DRIFTED)) as {
			host: { containers: { name: string; inState: boolean }[] };
		};
		expect(host.containers.map(({ name, inState }) => [name, inState])).toEqual([
			["shop-prod-proxy", true],
			["shop-prod-green-web-1", true],
			["shop-prod-blue-web-1", false],
		]);
	});
});

test("an age is told to the unit below", () => {
	expect([0, 1_500, 119_000, 120_000, 7_199_999, 7_200_000, 172_800_000, -5].map(ageText)).toEqual([
		"0 s",
		"1 s",
		"119 s",
		"2 min",
		"119 min",
		"2 h",
		"2 d",
		"0 s",
	]);
});

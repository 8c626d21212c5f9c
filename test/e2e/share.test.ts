import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Trial, trialValue } from "../../components/proxy/switch-file";
import type { Color } from "../../components/settings/schema";
import { LoneProxy, type Visit } from "./support/lone-proxy";

const VISIT = "b000000000000000c000000000000000";
const OTHER_VISIT = "d000000000000000e000000000000000";
const toGreen = (percent: number, visit = VISIT): Trial => ({ to: "green", percent, visit });

/** Percent of the visits that green answered. */
function greenPercent(visits: readonly Visit[]): number {
	const green = visits.filter(({ headers }) => headers["x-color"] === "green").length;
	return (green / visits.length) * 100;
}

function cookieOf({ headers }: Visit): string {
	return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

/** What Caddy itself does with a share, a cookie and a rule. */
describe("a share of the traffic", () => {
	let proxy: LoneProxy;
	beforeAll(async () => {
		proxy = await LoneProxy.start("shift-lone");
	});
	afterAll(() => proxy?.remove());

	describe("for visitors who stay with their color", () => {
		beforeAll(() => proxy.configure({ sticky: true }));

		// As many as it takes that chance alone is off by a point in fewer than 1 of 10,000 tries.
		it.each([
			{ percent: 1, visitors: 10_000 },
			{ percent: 5, visitors: 10_000 },
			{ percent: 25, visitors: 30_000 },
			{ percent: 50, visitors: 40_000 },
			{ percent: 90, visitors: 20_000 },
		])(
			"of $percent percent is that of $visitors new visitors, within one point",
			async ({ percent, visitors }) => {
				await proxy.switchTo(trialValue(toGreen(percent)));
				const visits = await proxy.visits(visitors);
				expect(new Set(visits.map(({ status }) => status))).toEqual(new Set([200]));
				const seen = greenPercent(visits);
				const first = greenPercent(visits.slice(0, 10_000));
				console.log(
					`${percent} %: ${first.toFixed(2)} % of 10,000, ${seen.toFixed(2)} % of ${visitors} new visitors`,
				);
				expect(Math.abs(seen - percent)).toBeLessThan(1);
			},
		);

		it("of blue counts the same way", async () => {
			await proxy.switchTo(trialValue({ to: "blue", percent: 25, visit: VISIT }));
			expect(Math.abs(100 - greenPercent(await proxy.visits(30_000)) - 25)).toBeLessThan(1);
		});

		it("of 0 % gives nobody the new color", async () => {
			await proxy.switchTo(trialValue(toGreen(0)));
			expect(greenPercent(await proxy.visits(500))).toBe(0);
		});

		it("comes with a cookie that leads back to the color, whatever the share has become", async () => {
			await proxy.switchTo(trialValue(toGreen(50)));
			const visits = await proxy.visits(200);
			const met = (color: Color) => visits.find(({ body }) => body.color === color) as Visit;
			expect(met("blue").headers["set-cookie"]).toEqual([
				"blue-green=b000000000000000; Path=/; HttpOnly; SameSite=Lax",
			]);
			expect(met("green").headers["set-cookie"]).toEqual([
				"blue-green=c000000000000000; Path=/; HttpOnly; SameSite=Lax",
			]);
			for (const percent of [50, 1, 99]) {
				await proxy.switchTo(trialValue(toGreen(percent)));
				for (const color of ["blue", "green"] as const) {
					const again = await proxy.visits(300, { Cookie: cookieOf(met(color)) });
					expect(new Set(again.map(({ body }) => body.color))).toEqual(new Set([color]));
					expect(again.some(({ headers }) => "set-cookie" in headers)).toBe(false);
				}
			}
		});

		it.each([
			["of the trial before", `blue-green=${OTHER_VISIT.slice(16)}`],
			["that somebody guessed", "blue-green=green"],
			["that is empty", "blue-green="],
			["that says what no trial says", "blue-green=-"],
		])("does not know a cookie %s", async (_, cookie) => {
			await proxy.switchTo(trialValue(toGreen(5)));
			const visits = await proxy.visits(2_000, { Cookie: cookie });
			expect(greenPercent(visits)).toBeLessThan(10);
			expect(greenPercent(visits)).toBeGreaterThan(1);
			expect(visits.every(({ headers }) => headers["set-cookie"]?.length === 1)).toBe(true);
		});

		it("ends with the last step: everybody gets the new color, and no cookie", async () => {
			await proxy.switchTo("g");
			const visits = await proxy.visits(300, { Cookie: `blue-green=${VISIT.slice(0, 16)}` });
			expect(greenPercent(visits)).toBe(100);
			expect(visits.some(({ headers }) => "set-cookie" in headers)).toBe(false);
		});

		it("that somebody set by hand is one without cookies", async () => {
			await proxy.switchTo("80");
			const visits = await proxy.visits(1_000);
			expect(Math.abs(greenPercent(visits) - 50)).toBeLessThan(10);
			expect(visits.some(({ headers }) => "set-cookie" in headers)).toBe(false);
		});
	});

	describe("of a color of which no replica answers", () => {
		beforeAll(() => proxy.configure({ sticky: true }));

		it.each(["green", "blue"] as const)(
			"goes to the other one when %s is gone: no request fails, with or without a body",
			async (gone) => {
				const left = gone === "green" ? "blue" : "green";
				const cookie = `blue-green=${gone === "blue" ? VISIT.slice(0, 16) : VISIT.slice(16)}`;
				await proxy.switchTo(trialValue(toGreen(50)));
				await proxy.stop(gone);
				const body = "x".repeat(100_000);
				const visits: Visit[] = [];
				try {
					visits.push(...(await proxy.visits(500)));
					visits.push(...(await proxy.visits(500, { Cookie: cookie })));
					visits.push(...(await proxy.visits(300, { Cookie: cookie }, body)));
				} finally {
					await proxy.startAgain(gone);
				}
				const slowest = Math.max(...visits.map(({ durationMs }) => durationMs));
				console.log(`without ${gone}: the slowest of ${visits.length} took ${Math.round(slowest)} ms`);
				expect(new Set(visits.map(({ status }) => status))).toEqual(new Set([200]));
				expect(new Set(visits.map(({ headers }) => headers["x-color"]))).toEqual(new Set([left]));
				expect(new Set(visits.map((visit) => visit.body.color))).toEqual(new Set([left]));
				const posts = visits.filter((visit) => visit.body.method === "POST");
				expect(posts).toHaveLength(300);
				expect(new Set(posts.map((visit) => visit.body.length))).toEqual(new Set([100_000]));
				// Who was meant for the other one is not told to stay here.
				const told = new Set(visits.flatMap(({ headers }) => headers["set-cookie"] ?? []));
				expect([...told].filter((text) => text.startsWith(cookie))).toEqual([]);
				expect(slowest).toBeLessThan(4_500);
			},
		);
	});

	it("leaves everybody to chance where visitors do not stay", async () => {
		await proxy.configure({ sticky: false });
		await proxy.switchTo(trialValue(toGreen(25)));
		const visits = await proxy.visits(30_000);
		expect(Math.abs(greenPercent(visits) - 25)).toBeLessThan(1);
		expect(visits.some(({ headers }) => "set-cookie" in headers)).toBe(false);
	});

	describe("with a rule", () => {
		it.each([
			[{ header: "X-Staff", value: "yes" }, { "X-Staff": "yes" }, { "X-Staff": "no" }],
			[{ cookie: "staff", value: "yes" }, { Cookie: "staff=yes" }, { Cookie: "staff=" }],
		] as const)("%j is for those whom it names, and tells them nothing", async (only, named, others) => {
			await proxy.configure({ sticky: true, only });
			await proxy.switchTo(trialValue(toGreen(0)));
			const staff = await proxy.visits(200, named);
			expect(greenPercent(staff)).toBe(100);
			expect(staff.some(({ headers }) => "set-cookie" in headers)).toBe(false);
			expect(greenPercent(await proxy.visits(200, others))).toBe(0);
			await proxy.switchTo(trialValue({ to: "blue", percent: 0, visit: VISIT }));
			expect(greenPercent(await proxy.visits(200, named))).toBe(0);
			expect(greenPercent(await proxy.visits(200, others))).toBe(100);
			await proxy.switchTo("0");
			expect(greenPercent(await proxy.visits(200, named))).toBe(0);
		});
	});
});

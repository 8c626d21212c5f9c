import { expect } from "vitest";
import type { Color } from "../../../components/settings/schema";
import type { LoadOptions, LoadReport } from "../../../scripts/load";
import { inContainer } from "../../e2e/support/docker";
import { underLoad } from "../../e2e/support/load";
import { assertSucceeded, type TestStack, type UpOutcome } from "../../e2e/support/stack";

/** Who serves visitors. */
export interface Serves {
	readonly color: Color;
	readonly version: string;
}

/** One fault: what happens, and what must be true when it is over. */
export interface Fault {
	/** What the person does, with the fault in place; its outcome is that of the last `up`. */
	readonly act: () => Promise<UpOutcome>;
	/** Whether that `up` fails. */
	readonly fails: boolean;
	readonly serves: Serves;
	/** What the person reads. */
	readonly says: readonly (string | RegExp)[];
	/** How the load differs from the usual visits, such as visits that need no database. */
	readonly load?: Partial<LoadOptions>;
	/** Asserts the failed requests that the fault itself causes. Default: not one request failed. */
	readonly failures?: (report: LoadReport) => void;
}

/** What counts here is whether requests fail, not how long they take: the suite has to work on a small, busy machine. */
const LOAD: Partial<LoadOptions> = { ratePerSecond: 50, timeoutMs: 60_000 };

/** Brings a fault about under load, and looks at what must be true of every one. */
export async function underFault(
	shop: TestStack,
	fault: Fault,
): Promise<{ up: UpOutcome; report: LoadReport }> {
	const { value: up, report } = await underLoad(shop.url, fault.act, { ...LOAD, ...fault.load });
	// First what a person would look at first: without it the other figures explain nothing.
	if (up.failed !== fault.fails) throw new Error(`${fault.fails ? "no failure" : "a failure"}:\n${up.text}`);
	for (const line of fault.says) expect(up.text).toMatch(line);
	expect(up.text).not.toContain("    at ");
	(fault.failures ?? noneFailed)(report);
	expect(report.sent).toBeGreaterThan(100);
	await expectServes(shop, fault.serves);
	return { up, report };
}

/** The next plain `up`, under load: it brings what the settings say, and the one after it has nothing left to do. */
export async function expectConverges(shop: TestStack, serves: Serves): Promise<void> {
	const { value: up, report } = await underLoad(shop.url, () => shop.up(), LOAD);
	assertSucceeded(up);
	noneFailed(report);
	await expectServes(shop, serves);
	const again = await shop.up();
	expect(Object.keys(again.changes)).toEqual(["same"]);
}

/** The public side, the switch file and the stack's outputs, all saying the same. */
export async function expectServes(shop: TestStack, { color, version }: Serves): Promise<void> {
	const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${shop.url}/version`)));
	expect([...new Set(answers.map(({ headers }) => headers.get("x-color")))]).toEqual([color]);
	expect(await shop.version()).toMatchObject({ color, version });
	const value = await inContainer(shop.container("proxy"), "cat", "/switch/green_below");
	expect(value).toBe(color === "green" ? "g" : "0");
	expect(await shop.outputs()).toMatchObject({ activeColor: color, activeVersion: version });
}

export function noneFailed(report: LoadReport): void {
	expect(report.failures).toEqual({});
}

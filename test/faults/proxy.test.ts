import { watch } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CADDYFILE } from "../../components/proxy/paths";
import { CaddyAdmin } from "../../components/runtime/caddy/admin";
import { runCutover } from "../../components/runtime/cutover";
import type { CutoverInputs } from "../../components/runtime/steps";
import { otherColor } from "../../components/settings/schema";
import type { LoadReport } from "../../scripts/load";
import { engine, eventually, inContainer } from "../e2e/support/docker";
import { underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { pulumi, startPulumi, UP } from "./support/cli";
import { expectConverges, expectServes, noneFailed, type Serves, underFault } from "./support/fault";
import { amongMountsOf, answers, CONNECTION_ERRORS, gapOf, killCaddy, volumeFolder } from "./support/proxy";

const BLUE: Serves = { color: "blue", version: "1.0.0" };
const GREEN: Serves = { color: "green", version: "2.0.0" };
/** Docker starts a container again at once, Caddy takes some 100 ms; this is for a machine that has much else to do. */
const LONGEST_GAP_MS = 10_000;

/** Faults of Caddy and of what it stands on, at the worst moment. */
describe("a proxy that fails", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-proxy");
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	/** Only connections failed, and only in one gap: while there was no Caddy. */
	function onlyWhileItWasDown(report: LoadReport): void {
		expect(Object.keys(report.failures).filter((kind) => !CONNECTION_ERRORS.includes(kind))).toEqual([]);
		const gap = gapOf(report);
		if (gap !== undefined) expect(gap.toMs - gap.fromMs).toBeLessThan(LONGEST_GAP_MS);
	}

	async function cutoverInputs(): Promise<CutoverInputs> {
		const { deployment } = await shop.stack.exportStack();
		const { resources } = deployment as { resources: { urn: string; inputs?: unknown }[] };
		return resources.find(({ urn }) => urn.endsWith("-cutover"))?.inputs as CutoverInputs;
	}

	/** A release during which Caddy is killed, when `moment` says so; then one color serves, and the next `up` converges. */
	async function killedAt(wanted: Serves, moment: (text: () => string) => Promise<unknown>): Promise<void> {
		await shop.set("activeColor", wanted.color);
		const { value: up, report } = await underLoad(shop.url, async () => {
			const running = startPulumi(shop, ...UP);
			await moment(running.text);
			await killCaddy(shop);
			const ended = await running.ended;
			await answers(shop);
			return ended;
		});
		onlyWhileItWasDown(report);
		expect(report.failed).toBeGreaterThan(0);
		expect(up.text).not.toContain("    at ");
		const { color } = await shop.version();
		// It says what is true: the new color serves after an `up` that was well, either after one that was not.
		if (up.exitCode === 0) expect(color).toBe(wanted.color);
		else
			expect(up.text, up.text).toMatch(
				/keeps serving|still has it|serves\.|nothing may be serving|Nothing is served/,
			);
		await expectConverges(shop, wanted);
	}

	it("by SIGKILL just before the switch: connections fail while it is down, no more", async () => {
		await killedAt(GREEN, (text) =>
			eventually("the cutover begins", 120_000, async () => /Cutover .*updating/.test(text())),
		);
	});

	it("by SIGKILL at the very rename: connections fail while it is down, no more", async () => {
		const folder = await volumeFolder(shop, "switch");
		await killedAt(
			BLUE,
			() =>
				new Promise<void>((resolve) => {
					const watcher = watch(folder, (_, file) => {
						if (file !== "green_below") return;
						watcher.close();
						resolve();
					});
				}),
		);
	});

	it("by an admin API that was turned off: blue keeps serving, and the message says what to do", async () => {
		const admin = new CaddyAdmin(engine, shop.container("proxy"));
		const caddyfile = await inContainer(shop.container("proxy"), "cat", CADDYFILE);
		await admin.load(caddyfile.replace(/admin \S+/, "admin off")).catch(() => undefined);
		admin.close();
		await shop.set("activeColor", "green");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: BLUE,
			says: [
				"The proxy could not be configured. Traffic was not moved: blue keeps serving.",
				"Caddy's admin API does not answer",
				`Next: docker restart ${shop.container("proxy")} && pulumi up`,
			],
		});
		await engine.api.getContainer(shop.container("proxy")).restart({ t: 30 });
		await answers(shop);
		await expectConverges(shop, GREEN);
	});

	it("by a Caddyfile that Caddy rejects: the old one keeps serving, and the file on disk is the old one", async () => {
		// No settings that pass our checks give such a text, so the step itself is given one.
		const inputs = await cutoverInputs();
		const serves = await shop.version();
		const bad: CutoverInputs = {
			...inputs,
			active: otherColor(serves.color),
			caddyfile: `${inputs.caddyfile}\nnonsense {\n`,
		};
		const { value: refusal, report } = await underLoad(shop.url, () =>
			runCutover(engine, undefined, bad, { info: () => undefined, warn: () => undefined }).then(
				() => "it was taken",
				(error: Error) => error.message,
			),
		);
		noneFailed(report);
		expect(refusal).toContain(
			`The proxy could not be configured. Traffic was not moved: ${serves.color} keeps serving.
Caddy rejects the Caddyfile: `,
		);
		expect(await inContainer(shop.container("proxy"), "cat", CADDYFILE)).toBe(inputs.caddyfile);
		await expectConverges(shop, serves);
	});

	it.each(["switch", "config"] as const)(
		"by a read-only %s volume: the old color keeps serving",
		async (purpose) => {
			const before = await shop.version();
			const wanted = before.color === "blue" ? GREEN : BLUE;
			await shop.set("activeColor", wanted.color);
			await amongMountsOf(shop, "mount", "-o", "remount,ro,bind", `/${purpose}`);
			const { value: up, report } = await underLoad(shop.url, () => pulumi(shop, ...UP));
			await amongMountsOf(shop, "mount", "-o", "remount,rw,bind", `/${purpose}`);
			noneFailed(report);
			if (purpose === "switch") {
				expect(up.exitCode, up.text).not.toBe(0);
				expect(up.text).toContain("Read-only file system");
				expect(up.text).toContain(`Traffic was not moved: ${before.color} keeps serving.`);
				await expectServes(shop, before);
			} else {
				// The Caddyfile stays the same, and the record of what was released is not worth a failed release.
				expect(up.exitCode, up.text).toBe(0);
				await expectServes(shop, wanted);
			}
			await expectConverges(shop, wanted);
		},
	);
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blueServes, cutOver, failure } from "./support/cutover";
import { FakeHost, LONG_AGO, PROXY, RELEASES } from "./support/fake-host";
import { Said } from "./support/server";

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

/** A release of green that the record does not have yet. */
function newGreen() {
	const { releases } = host.inputs("green");
	return host.inputs("green", { releases: { ...releases, green: { version: "2.1.0", services: {} } } });
}

describe("the record of what was released", () => {
	test("is written after the verification, in place of the old one", async () => {
		const [olds, news] = [blueServes(host), newGreen()];
		await cutOver(host, news, olds);
		expect(host.log.slice(-5)).toEqual([
			"write /switch/green_below g",
			"public / by green",
			"public / by green",
			`read ${RELEASES}`,
			`write ${RELEASES} ${host.record({ blue: LONG_AGO, green: "now" }, news.releases)}`,
		]);
	});

	test("is written for a standby that was released, too, without moving traffic", async () => {
		const olds = blueServes(host);
		const { releases } = newGreen();
		await cutOver(host, host.inputs("blue", { releases }), olds);
		expect(host.log.filter((line) => line.startsWith("write"))).toEqual([
			`write ${RELEASES} ${host.record({ blue: LONG_AGO }, releases)}`,
		]);
	});

	test("is not written again where nothing changed", async () => {
		await cutOver(host, newGreen(), blueServes(host));
		host.log.length = 0;
		await cutOver(host, newGreen());
		expect(host.log).toContain(`read ${RELEASES}`);
		expect(host.log.filter((line) => line.startsWith("write"))).toEqual([]);
	});

	test("stays as it was when the verification failed and traffic moved back", async () => {
		const olds = blueServes(host);
		const before = host.files.get(RELEASES);
		host.publicStatus.green = 500;
		expect(await failure(host, newGreen(), olds)).toContain("Traffic was moved back to blue");
		expect(before).toContain("2.0.0");
		expect(host.files.get(RELEASES)).toBe(before);
	});

	test("is not begun when the first release failed its verification", async () => {
		host.publicStatus.blue = 500;
		expect(await failure(host, host.inputs("blue"))).toContain("did not pass the verification");
		expect(host.serving()).toBe("blue");
		expect(host.files.has(RELEASES)).toBe(false);
	});

	test("that cannot be written is a warning: traffic has moved, and is well", async () => {
		const said = new Said();
		const olds = blueServes(host);
		const before = host.files.get(RELEASES);
		host.readOnly.add(RELEASES);
		const { activeColor, activeVersion, lastCutover } = await cutOver(host, newGreen(), olds, said);
		expect(said.warnings).toEqual([
			`traffic has moved and is well, but what was released could not be recorded on the host: cannot write ${RELEASES} in ${PROXY}: Read-only file system`,
		]);
		expect({ activeColor, activeVersion }).toEqual({ activeColor: "green", activeVersion: "2.1.0" });
		expect(lastCutover?.stages.at(-1)?.name).toBe("record");
		expect(host.serving()).toBe("green");
		expect(host.files.get(RELEASES)).toBe(before);
	});

	test("that cannot be read is a warning, too", async () => {
		const said = new Said();
		const olds = blueServes(host);
		host.unreadable.add(RELEASES);
		await cutOver(host, newGreen(), olds, said);
		expect(said.warnings).toEqual([
			`traffic has moved and is well, but what was released could not be recorded on the host: cannot read ${RELEASES} in ${PROXY}: Input/output error`,
		]);
		expect(host.serving()).toBe("green");
	});

	test("warns of nothing where all went well", async () => {
		const said = new Said();
		await cutOver(host, newGreen(), blueServes(host), said);
		expect(said.warnings).toEqual([]);
	});
});

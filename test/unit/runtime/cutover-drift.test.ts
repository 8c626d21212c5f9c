import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCutover } from "../../../components/runtime/read-cutover";
import { blueServes, cutOver } from "./support/cutover";
import { FakeHost, LONG_AGO, PROXY, RELEASES } from "./support/fake-host";

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

describe("what somebody changed by hand", () => {
	test("the Caddyfile is put right", async () => {
		const olds = blueServes(host);
		host.running = "somebody's own";
		await cutOver(host, host.inputs("blue"), olds);
		expect(host.running).toBe("a Caddyfile");
		expect(host.log.some((line) => line.startsWith("write /switch"))).toBe(false);
	});

	test("the switch is put right, and the state is not believed", async () => {
		const olds = blueServes(host);
		host.released("green", "a Caddyfile");
		const { lastCutover } = await cutOver(host, host.inputs("blue"), olds);
		expect(host.serving()).toBe("blue");
		expect(lastCutover).toMatchObject({ from: "green", to: "blue" });
	});

	test("traffic that was shared goes to one color", async () => {
		const olds = blueServes(host);
		host.files.set("/switch/green_below", "80");
		const { lastCutover } = await cutOver(host, host.inputs("green"), olds);
		expect(host.serving()).toBe("green");
		expect(lastCutover).not.toHaveProperty("from");
		expect(lastCutover).not.toHaveProperty("inFlightAtSwitch");
	});

	test("traffic that an interrupted run has moved already is recorded", async () => {
		const olds = blueServes(host);
		host.released("green", "a Caddyfile");
		const { releases } = host.inputs("green");
		// It was interrupted before it could record what green is.
		host.files.set(RELEASES, JSON.stringify({ blue: releases.blue }));
		const { lastCutover } = await cutOver(host, host.inputs("green"), olds);
		expect(lastCutover).toMatchObject({ from: "blue", fromVersion: "1.0.0", to: "green" });
		const written = host.log.filter((line) => line.startsWith("write"));
		expect(written).toEqual([`write ${RELEASES} ${host.record({ blue: LONG_AGO, green: "now" })}`]);
	});
});

describe("reading what is true", () => {
	test("that nothing changed", async () => {
		const state = blueServes(host);
		expect(await readCutover(host.engine, state)).toEqual(state);
	});

	test("that traffic was moved", async () => {
		const state = blueServes(host);
		host.released("green", "a Caddyfile");
		expect(await readCutover(host.engine, state)).toEqual({
			...state,
			activeColor: "green",
			activeVersion: "2.0.0",
			standbyColor: "blue",
			standbyVersion: "1.0.0",
		});
	});

	test("that traffic is shared, and another Caddyfile runs", async () => {
		const state = blueServes(host);
		host.files.set("/switch/green_below", "80");
		host.running = "somebody's own";
		expect(await readCutover(host.engine, state)).toEqual({
			...state,
			activeColor: "shared",
			caddyfileInForce: false,
		});
	});

	test("that it cannot be told which Caddyfile runs, where the admin API is off", async () => {
		const state = blueServes(host);
		host.fake.dial.delete("127.0.0.1:2019");
		expect(await readCutover(host.engine, state)).toEqual({ ...state, caddyfileInForce: false });
	});

	test.for([undefined, { status: "exited" }])("that a proxy that is %j serves nothing", async (container) => {
		const state = blueServes(host);
		if (container === undefined) host.fake.containers.delete(PROXY);
		else host.fake.containers.set(PROXY, container);
		expect(await readCutover(host.engine, state)).toEqual({
			...state,
			activeColor: "none",
			caddyfileInForce: false,
		});
	});
});

import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { Cutover, Drain, HealthGate } from "../../components/blue-green/release-steps";
import { SHIMS } from "../../components/blue-green/shim";
import { DatabaseReady, Hold, Resume } from "../../components/databases/update-steps";
import { providerOf } from "../unit/runtime/support/shim";
import { type Registered, run } from "./program";

const KINDS = [
	"healthGate",
	"cutover",
	"drain",
	"databaseLogins",
	"databaseHold",
	"databaseReady",
	"databaseResume",
] as const;

describe("the text that stands in the state as the provider", () => {
	test.for(KINDS)("of %s never changes: every change would show in every stack", (kind) => {
		expect(SHIMS[kind]).toBe(
			`exports.handler = () => require("pulumi-docker-blue-green/provider.cjs")("${kind}");`,
		);
	});

	test("names nothing of one machine", () => {
		for (const text of Object.values(SHIMS)) expect(text).not.toMatch(/"\/|\\|[A-Z]:/);
	});

	test.for([
		["healthGate", ["create", "diff", "update"]],
		["cutover", ["create", "diff", "read", "update"]],
		["drain", ["create", "diff", "update"]],
		["databaseHold", ["create", "diff", "update"]],
		["databaseReady", ["create", "diff", "update"]],
		["databaseResume", ["create", "diff", "update"]],
		["databaseLogins", ["create", "diff", "read", "update"]],
	] as const)("of %s gives what Pulumi's dynamic provider calls", ([kind, functions]) => {
		const provider = providerOf<Record<string, unknown>>(SHIMS[kind]);
		// Pulumi tells every provider its configuration by the first.
		expect(Object.keys(provider).sort()).toEqual(["configure", ...functions]);
		for (const name of functions) expect(provider[name]).toBeTypeOf("function");
	});
});

describe("a shim resource is registered as Pulumi's own dynamic resource is", () => {
	/** Pulumi's own, of the same type and with the same inputs. */
	class Own extends pulumi.dynamic.Resource {
		constructor(type: string, inputs: object) {
			const provider: pulumi.dynamic.ResourceProvider = { create: async () => ({ id: "1" }) };
			super(provider, "step", { ...inputs, result: undefined }, {}, "blueGreen", type);
		}
	}

	const inputs = { active: "blue", proxy: "p-proxy" } as never;
	const registered = async (make: () => pulumi.CustomResource): Promise<Registered> => {
		const { resources } = await run(async () => void make());
		const found = resources.find(({ type }) => type !== "pulumi:pulumi:Stack");
		if (found === undefined) throw new Error("nothing was registered");
		return found;
	};

	test.for([
		["HealthGate", () => new HealthGate("step", inputs), SHIMS.healthGate],
		["Cutover", () => new Cutover("step", inputs), SHIMS.cutover],
		["Drain", () => new Drain("step", inputs), SHIMS.drain],
		["Hold", () => new Hold("step", inputs), SHIMS.databaseHold],
		["DatabaseReady", () => new DatabaseReady("step", inputs), SHIMS.databaseReady],
		["Resume", () => new Resume("step", inputs), SHIMS.databaseResume],
	] as const)("%s", async ([type, make, text]) => {
		const own = await registered(() => new Own(type, inputs));
		const shim = await registered(make);
		const { __provider: ownText, ...ownInputs } = own.inputs;
		expect(shim).toEqual({ ...own, inputs: { ...ownInputs, __provider: text }, secretInputs: [] });
		// Pulumi's own is evaluated by the same two rules.
		expect(ownText).toContain("exports.handler = ");
		expect(text).toMatch(/^exports\.handler = \(\) => /);
	});
});

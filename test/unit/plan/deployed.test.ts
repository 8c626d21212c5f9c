import { describe, expect, test } from "vitest";
import { CUTOVER_TYPE, deployedIn, publishedIn } from "../../../components/plan/deployed";

const BLUE = { version: "1.0.0", services: {} };

/** A state with the cutovers of several blue-green products, by prefix. */
function state(cutovers: Record<string, object>) {
	return Object.fromEntries(
		Object.entries(cutovers).map(([prefix, outputs]) => [
			`urn:pulumi:prod::shop::blue-green:index:BlueGreen$${CUTOVER_TYPE}::${prefix}-cutover`,
			{ type: CUTOVER_TYPE, outputs: outputs as Record<string, unknown> },
		]),
	);
}

describe("what is deployed", () => {
	test("is nothing in an empty state", () => {
		expect(deployedIn({}, "shop-prod")).toEqual({ releases: {} });
	});

	test("is what the cutover's outputs say", () => {
		const resources = state({ "shop-prod": { activeColor: "blue", releases: { blue: BLUE } } });
		expect(deployedIn(resources, "shop-prod")).toEqual({ serving: "blue", releases: { blue: BLUE } });
	});

	test("is what the outputs of this product's own cutover say, where a stack holds several", () => {
		const resources = state({
			"shop-prod": { activeColor: "blue", releases: { blue: BLUE } },
			"other-shop-prod": { activeColor: "green", releases: {} },
		});
		expect(deployedIn(resources, "other-shop-prod")).toEqual({ serving: "green", releases: {} });
		expect(deployedIn(resources, "prod")).toEqual({ releases: {} });
	});

	test.for(["none", "shared", undefined])("has no serving color where the outputs say %j", (activeColor) => {
		const deployed = deployedIn(state({ p: { activeColor, releases: { blue: BLUE } } }), "p");
		expect(deployed).toEqual({ releases: { blue: BLUE } });
	});
});

test("addresses that the stack publishes are those of its containers", () => {
	const type = "docker:index/container:Container";
	expect(
		publishedIn({
			"urn:proxy": { type, outputs: { ports: [{ ip: "127.0.0.1", external: 8080, internal: 8080 }] } },
			"urn:other": { type, outputs: { ports: [{ external: 9000 }] } },
			"urn:web": { type, outputs: {} },
			"urn:image": { type: "docker:index/remoteImage:RemoteImage", outputs: { ports: [{ external: 1 }] } },
		}),
	).toEqual(["127.0.0.1:8080", "0.0.0.0:9000"]);
});

import type * as pulumi from "@pulumi/pulumi";
import type {
	CutoverInputs,
	CutoverOutputs,
	CutoverRecord,
	DrainInputs,
	DrainRecord,
	GateRun,
	HealthGateInputs,
	TrialRecord,
} from "../runtime/steps";
import type { Color, Maintenance } from "../settings/schema";
import { ShimResource } from "./shim";

/**
 * The three steps of a release, each one resource with one URN for ever (never "gate-green"): they are updated in
 * place, so nothing that they depended on is deleted while one of them fails.
 */

type Inputs<T> = { [K in keyof T]: pulumi.Input<T[K]> };

/** Waits until the containers are ready; see `runHealthGate`. */
export class HealthGate extends ShimResource {
	declare readonly result: pulumi.Output<string>;
	declare readonly lastRun: pulumi.Output<GateRun>;

	constructor(name: string, inputs: Inputs<HealthGateInputs>, opts?: pulumi.CustomResourceOptions) {
		super("healthGate", "HealthGate", name, inputs, ["result", "lastRun", "passed"], opts);
	}
}

/** Moves traffic; see `runCutover`. */
export class Cutover extends ShimResource {
	declare readonly activeColor: pulumi.Output<CutoverOutputs["activeColor"]>;
	declare readonly activeVersion: pulumi.Output<string>;
	declare readonly standbyColor: pulumi.Output<Color>;
	declare readonly standbyVersion: pulumi.Output<string>;
	declare readonly rootCertificate: pulumi.Output<string | undefined>;
	declare readonly lastCutover: pulumi.Output<CutoverRecord | undefined>;
	declare readonly onTrial: pulumi.Output<TrialRecord | undefined>;
	declare readonly maintenance: pulumi.Output<Maintenance>;

	constructor(name: string, inputs: Inputs<CutoverInputs>, opts?: pulumi.CustomResourceOptions) {
		const outputs = [
			"activeColor",
			"activeVersion",
			"standbyColor",
			"standbyVersion",
			"caddyfileInForce",
			"rootCertificate",
			"lastCutover",
			"onTrial",
			"served",
		];
		super("cutover", "Cutover", name, inputs, outputs, opts);
	}
}

/** Waits for requests in flight on the old color; see `runDrain`. */
export class Drain extends ShimResource {
	declare readonly lastDrain: pulumi.Output<DrainRecord | undefined>;

	constructor(name: string, inputs: Inputs<DrainInputs>, opts?: pulumi.CustomResourceOptions) {
		super("drain", "Drain", name, inputs, ["lastDrain"], opts);
	}
}

import type * as pulumi from "@pulumi/pulumi";
import { ShimResource } from "../blue-green/shim";
import type {
	DatabaseReadyInputs,
	DatabaseUpdate,
	HoldInputs,
	HoldRecord,
	ResumeInputs,
} from "../runtime/database-update";

/** The steps around databases whose containers are replaced; each has one URN for ever. */

type Inputs<T> = { [K in keyof T]: pulumi.Input<T[K]> };

/** Lets requests wait before a database is stopped; see `runHold`. */
export class Hold extends ShimResource {
	declare readonly lastHold: pulumi.Output<HoldRecord | null | undefined>;

	constructor(name: string, inputs: Inputs<HoldInputs>, opts?: pulumi.CustomResourceOptions) {
		super("databaseHold", "Hold", name, inputs, ["lastHold"], opts);
	}
}

/** Waits until a database answers; see `runDatabaseReady`. */
export class DatabaseReady extends ShimResource {
	declare readonly outageMs: pulumi.Output<number | null | undefined>;

	constructor(name: string, inputs: Inputs<DatabaseReadyInputs>, opts?: pulumi.CustomResourceOptions) {
		super("databaseReady", "DatabaseReady", name, inputs, ["readyAtMs", "outageMs"], opts);
	}
}

/** Lets requests go on when all databases answer; see `runResume`. */
export class Resume extends ShimResource {
	declare readonly lastUpdate: pulumi.Output<DatabaseUpdate | undefined>;

	constructor(name: string, inputs: Inputs<ResumeInputs>, opts?: pulumi.CustomResourceOptions) {
		super("databaseResume", "Resume", name, inputs, ["lastUpdate"], opts);
	}
}

import type * as pulumi from "@pulumi/pulumi";
import { ShimResource } from "../blue-green/shim";
import type { DatabaseCheckInputs } from "../runtime/database-check";

type Inputs<T> = { [K in keyof T]: pulumi.Input<T[K]> };

/**
 * Tries a database's image and parameters beside its data, before the container that runs is touched; see
 * `runDatabaseCheck`.
 */
export class DatabaseCheck extends ShimResource {
	/** What was found: "PostgreSQL 17.4, data of 17". */
	declare readonly result: pulumi.Output<string>;

	constructor(name: string, inputs: Inputs<DatabaseCheckInputs>, opts?: pulumi.CustomResourceOptions) {
		super("databaseCheck", "DatabaseCheck", name, inputs, ["result"], opts);
	}
}

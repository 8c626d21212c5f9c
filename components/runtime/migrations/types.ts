import type { Phase } from "../../plan/migrations";
import type { Color } from "../../settings/schema";

/** One phase for one version, as the runner gets it: plain JSON without secrets, which stands in the stack's state. */
export interface MigrationInputs {
	readonly phase: Phase;
	readonly color: Color;
	readonly version: string;
	readonly revision?: string;
	/** Unset: nothing to run, but the version is noted in the journal. */
	readonly command?: readonly string[];
	/** Nothing is run or asked: the color stays as it was deployed, or contract has to wait. */
	readonly rests: boolean;
	/** Before contract: a command or a query whose result must be 0. */
	readonly verify?: readonly string[] | { readonly query: string };
	/** Reads the schema's current version; unset: no version is compared. */
	readonly schemaQuery?: string;
	/** What the colors work with by the settings; where unset, the images' labels say, or anything fits. */
	readonly ranges: Readonly<Partial<Record<Color, string>>>;
	/** Name of the one-shot container. */
	readonly name: string;
	/** Id of the image that it runs. */
	readonly image: string;
	readonly network: string;
	readonly database: DatabaseAccess;
	/** Variables that hold secrets, and how they arrive in the container. */
	readonly secretsAs: "env" | "file";
	readonly env: Readonly<Record<string, string>>;
	readonly resources: { readonly memoryMb?: number; readonly cpus?: number };
	readonly deadlineMs: number;
	/** Value of the label `blue-green.stack`. */
	readonly stack: string;
	/** Container of the proxy, which knows who serves. */
	readonly proxy: string;
}

/** How the journal's own session reaches a database: through `psql` in its container, whose socket trusts its owner. */
export interface DatabaseAccess {
	readonly container: string;
	readonly user: string;
	readonly name: string;
}

/** Values by variable name, such as DATABASE_URL. */
export type MigrationSecrets = Readonly<Record<string, string>>;

/** How one phase went; kept in the outputs of its resource, and exported. Times are ISO 8601, UTC. */
export interface MigrationRecord {
	readonly phase: Phase;
	readonly version: string;
	readonly revision?: string;
	/**
	 * ran: by this `up`. found: begun by an interrupted `up`, and ended under the eyes of this one. done: by an earlier one.
	 * skipped: nothing was to be done, as `why` says.
	 */
	readonly outcome: "ran" | "found" | "done" | "skipped";
	readonly why?: string;
	readonly startedAt?: string;
	readonly durationMs?: number;
	readonly exitCode?: number;
	readonly lastLines?: readonly string[];
	/** Version of the schema afterwards; unset where the settings do not say how to read it. */
	readonly schema?: string;
}

/** What is done before expand or contract changes something; a failure stops the migration. */
export type BeforeStep = (inputs: MigrationInputs) => Promise<void>;

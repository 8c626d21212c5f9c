import type { DrainRecord, InFlight } from "./steps";

/**
 * The three steps around a database whose container is replaced: hold, ready (one for each database), resume. What they are
 * given and what they answer: plain JSON that stands in the stack's state and in previews, so no secrets.
 */

/** Where requests come in, and whose. */
export interface RequestPath {
	/** Container of the proxy. */
	readonly proxy: string;
	/** Names of the stack's containers begin with it. */
	readonly prefix: string;
	/** Longest time that requests wait; 0: they do not. */
	readonly holdForMs: number;
}

/** A database's container as it is to be: whether that means a new one shows a look at the one that is there. */
export interface WantedDatabase {
	readonly container: string;
	/** Docker's id of the image, which has been pulled by then. */
	readonly imageId: string;
	/** What else makes the container, as it stands on its label `blue-green.settings`. */
	readonly settings: string;
	/** For people: "image 17.4 → 17.5"; empty where nothing changes. */
	readonly why: string;
}

export interface HoldInputs extends RequestPath {
	readonly databases: Readonly<Record<string, WantedDatabase>>;
}

export interface HoldOutputs extends HoldInputs {
	/** Null before the first: of an output that is missing, every preview would say that it is about to change. */
	readonly lastHold?: HoldRecord | null;
}

/** The beginning of an update. Times are ms since 1970, by the Docker host's clock. */
export interface HoldRecord {
	readonly startedAtMs: number;
	/** When the hold ends at the latest; unset: requests were not held. */
	readonly untilMs?: number;
	/** The databases whose containers are replaced, with the reason. */
	readonly databases: Readonly<Record<string, string>>;
	/** How the wait for requests in flight ended; unset: there was none. */
	readonly drain?: { readonly outcome: DrainRecord["outcome"]; readonly durationMs: number };
	/** What was in flight when the database was stopped all the same. */
	readonly remaining?: InFlight;
}

export interface DatabaseReadyInputs {
	readonly name: string;
	readonly container: string;
	/** A new one means a new container, which has to show that it answers. Not "id": Pulumi leaves out an input of that name. */
	readonly containerId: string;
	/** Longest time until it does. */
	readonly deadlineMs: number;
	readonly proxy?: string;
	/** Of the update that has replaced it, or of an earlier one. */
	readonly hold?: HoldRecord;
}

export interface DatabaseReadyOutputs extends DatabaseReadyInputs {
	/** When it answered for the first time. */
	readonly readyAtMs?: number;
	/** From the stop of the container before until this one answered; null: it was no update. */
	readonly outageMs?: number | null;
}

export interface ResumeInputs extends RequestPath {
	/** By name: the container, and how long it was away. */
	readonly databases: Readonly<Record<string, { readonly id: string; readonly outageMs?: number }>>;
	readonly hold?: HoldRecord;
}

export interface ResumeOutputs extends ResumeInputs {
	readonly lastUpdate?: DatabaseUpdate;
}

/** The last time that databases were replaced under a product that served. */
export interface DatabaseUpdate {
	/** ISO 8601, UTC. */
	readonly startedAt: string;
	/** Why each was replaced, and how long it was away. */
	readonly databases: Readonly<Record<string, { readonly why: string; readonly outageMs?: number }>>;
	/** How long requests waited at the proxy, the first of them; 0: they did not wait. */
	readonly heldMs: number;
	/** From the databases' return until the application's replicas were ready again; unset: not waited for. */
	readonly replicasMs?: number;
	readonly drain?: HoldRecord["drain"];
	/** The last measured outage of every database, in ms. */
	readonly outages: Readonly<Record<string, number>>;
}

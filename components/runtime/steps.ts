import type { Observation } from "../plan/observation";
import type { OwnCheck } from "../plan/own-checks";
import type { ServedReleases, TrialPolicy } from "../plan/trial";
import type { Readiness, Release, VersionCheck, WarmUp } from "../plan/types";
import type { Color, Maintenance } from "../settings/schema";

/**
 * What the dynamic resources are given and what they answer: plain JSON that stands in the stack's state and in
 * previews, so no secrets but those that are secret to Pulumi. Durations are in ms.
 */

/** One container of a color. */
export interface Target {
	readonly container: string;
	/** Docker's id: a new one means a new container, which has to show anew that it is ready. */
	readonly id: string;
	readonly service: string;
	readonly readiness: Readiness;
	readonly warmUp?: WarmUp;
	/** Secrets and database URLs that it finds in files: names of variables without their _FILE. Unset: none. */
	readonly inFiles?: readonly string[];
}

export interface ColorTargets {
	readonly version: string;
	readonly targets: readonly Target[];
}

/** How patient the gate is. */
export interface GatePolicy {
	readonly intervalMs: number;
	/** Longest time for one probe. */
	readonly timeoutMs: number;
	/** Passes in a row that every replica needs. */
	readonly passes: number;
	/** Longest time for all of it. */
	readonly deadlineMs: number;
}

export interface HealthGateInputs {
	readonly active: Color;
	readonly colors: Readonly<Partial<Record<Color, ColorTargets>>>;
	/** Container of the proxy: probes start there, where Caddy's requests start. */
	readonly proxy: string;
	readonly policy: GatePolicy;
}

export interface HealthGateOutputs extends HealthGateInputs {
	/** What the last run checked: "green 2.0.0: 3 replicas ready in 1.2 s". */
	readonly result: string;
	readonly lastRun: GateRun;
	/** Containers that have passed, by Docker's id; those that are gone are left out. Unset in states of older versions. */
	readonly passed?: Readonly<Record<string, Passed>>;
}

/** A container that has passed the gate. */
export interface Passed {
	/** When its process had been started, ms since 1970 by the Docker host's clock: another start has to pass anew. */
	readonly startedAtMs: number;
	/** Its color was to become active, so that it was warmed up, where its service says how. */
	readonly warm: boolean;
}

/** When the gate last ran, and how long it took. */
export interface GateRun {
	/** ISO 8601, UTC. */
	readonly startedAt: string;
	readonly durationMs: number;
}

/** One request through the public side of the proxy that must be answered by the new color. */
export interface PublicCheck {
	readonly service: string;
	readonly path: string;
	/** Unset: that of the proxy. */
	readonly host?: string;
	/** A status, or "2xx"; "below-500" where only the route is known, which may well ask for a login. */
	readonly expect: number | "2xx" | "below-500";
	/** The answer has to tell this version. */
	readonly version?: VersionCheck;
}

/** What there is to know of the certificates that the proxy shows. */
export interface PublicTls {
	readonly mode: "internal" | "acme" | "files";
	/** Each has to have one; empty: the address of the URL, or whatever the certificate says. */
	readonly names: readonly string[];
	/** Whose certificates they are, for people: an authority's address, or a file. */
	readonly from: string;
}

export interface CutoverInputs {
	/** For people, first in every preview: "green 2.0.0". */
	readonly traffic: string;
	readonly active: Color;
	/** on: visitors get a page instead of either color. In outputs what the proxy really does, as with the color. */
	readonly maintenance: Maintenance;
	readonly releases: Readonly<Partial<Record<Color, Release>>>;
	readonly caddyfile: string;
	/** The user's own page for maintenance and errors, HTML; unset: the built-in ones. */
	readonly page?: string;
	readonly proxy: {
		readonly container: string;
		readonly id: string;
		/** How the Docker host reaches it; https where `tls` is set. */
		readonly url: string;
		/** Host header for requests to the public side; unset: that of the URL. */
		readonly host?: string;
		readonly tls?: PublicTls;
		/** Response header that names the color; unset: none, and the color of answers is not checked. */
		readonly colorHeader?: string;
		/** Request header that carries the token of the preview; unset: there is no preview. */
		readonly preview?: { readonly header: string };
	};
	/** Secret to Pulumi, and so is the output of the same name. Unset: there is no preview. */
	readonly previewToken?: string;
	/** Upstreams as Caddy names them. */
	readonly upstreams: Readonly<Record<Color, readonly string[]>>;
	/** Containers of the active color. */
	readonly targets: readonly Target[];
	readonly checks: readonly PublicCheck[];
	/** What the settings ask of a new color, before the switch and after it. Unset: nothing. */
	readonly ownChecks?: readonly OwnCheck[];
	readonly policy: GatePolicy;
	/** How closely it is looked at what visitors get from the active color while it is led in, and after; unset: not at all. */
	readonly observe?: Observation;
	/** For the record. */
	readonly gate: GateRun;
	/** The steps by which the active color comes to all traffic; unset: at once. */
	readonly trial?: TrialPolicy;
	/** Whether the active color is new to visitors; the way back to an older release is not watched. */
	readonly forward: boolean;
	/** Who is told of a switch. Secret to Pulumi, and so is the output of the same name. Unset: nobody. */
	readonly notify?: NotifyInputs;
}

export interface NotifyInputs {
	/** "shop/prod". */
	readonly stack: string;
	readonly webhooks: readonly Webhook[];
}

/** Where a switch is told. The address may be as good as a password. */
export interface Webhook {
	readonly url: string;
	readonly on: readonly ("started" | "finished" | "paused" | "rolled-back" | "failed")[];
	readonly format: "json" | "slack";
}

/** What Caddy was passing on at one moment, by kind. */
export interface InFlight {
	readonly requests: number;
	/** WebSockets and event streams: what a client keeps open for as long as it can. */
	readonly streams: number;
}

/** One part of a cutover and how long it took. */
export interface Stage {
	readonly name: string;
	readonly durationMs: number;
}

/** The last time that traffic moved. */
export interface CutoverRecord {
	/** Unset: the first release. */
	readonly from?: Color;
	readonly to: Color;
	readonly fromVersion?: string;
	readonly toVersion: string;
	/** When the gate began, or the cutover where the gate had nothing new to check. ISO 8601, UTC. */
	readonly startedAt: string;
	readonly stages: readonly Stage[];
	/** In flight on the old color at the moment of the switch; unset where it could not be counted. */
	readonly inFlightAtSwitch?: InFlight;
	/** SHA-256 of the Caddyfile, first 12 hex digits. */
	readonly configHash: string;
}

/** A color on trial, when an `up` has ended, or when the proxy was asked. */
export interface TrialRecord {
	readonly to: Color;
	/** Percent of the traffic. */
	readonly share: number;
	/** It waits for somebody to let it go on; false: an `up` was interrupted. */
	readonly paused: boolean;
	/** Since when it has that share, ISO 8601, UTC; unset where nobody noted it. */
	readonly since?: string;
}

export interface CutoverOutputs extends CutoverInputs {
	/** What the proxy really does: a color, or "shared" or "none" after somebody changed it by hand. */
	readonly activeColor: Color | "shared" | "none";
	readonly activeVersion: string;
	readonly standbyColor: Color;
	/** Empty where the standby color has no release. */
	readonly standbyVersion: string;
	/** Whether Caddy runs `caddyfile` with `previewToken`; false after somebody changed one of them by hand. */
	readonly caddyfileInForce: boolean;
	/** Of Caddy's own authority, as PEM; unset: it makes no certificates. Not secret. */
	readonly rootCertificate?: string;
	readonly lastCutover?: CutoverRecord;
	/** Set while two colors share the traffic by a trial. */
	readonly onTrial?: TrialRecord;
	/** The last release of each color that has had all traffic. */
	readonly served?: ServedReleases;
}

/** How patient the drain is; see `drain` in the settings. */
export interface DrainPolicy {
	readonly mode: "auto" | "inflight" | "delay";
	/** Longest time to wait for what is in flight; 0: do not wait. */
	readonly timeoutMs: number;
	/** The fixed time of `delay`, and of `auto` where nothing can be counted. */
	readonly delayMs: number;
}

export interface DrainInputs {
	/** The color that serves; the other one is drained. "shared": both do, and neither is. */
	readonly active: Color | "shared";
	/** The other color has had a share that it is to lose, whatever the state says of the last drain. */
	readonly givenUp?: boolean;
	readonly proxy: string;
	readonly upstreams: Readonly<Record<Color, readonly string[]>>;
	readonly policy: DrainPolicy;
	/** What becomes of the drained color when the step is over: its containers go on, or Pulumi removes them. */
	readonly standby: "warm" | "removed";
	/** Unset: images are left alone. */
	readonly oldImages?: OldImagesPolicy;
}

/** What becomes of the images of earlier releases. */
export interface OldImagesPolicy {
	/** As on the label `blue-green.stack`. */
	readonly stack: string;
	/** Of how many releases before those of both colors they stay. */
	readonly keep: number | "all";
}

/** How the wait for the old color ended. */
export interface DrainRecord {
	readonly color: Color;
	/**
	 * drained: nothing was in flight any more. timed-out: something still was. waited: the fixed time is over.
	 * not-counted: the time was over, and Caddy could not be asked. skipped: the settings say not to wait.
	 */
	readonly outcome: "drained" | "timed-out" | "waited" | "not-counted" | "skipped";
	readonly durationMs: number;
	/** What was still in flight at the end; unset where it could not be counted. */
	readonly remaining?: InFlight;
	/** Streams that were closed by a restart of their replicas, because the color stays on standby. */
	readonly streamsClosed?: number;
}

export interface DrainOutputs extends DrainInputs {
	readonly lastDrain?: DrainRecord;
}

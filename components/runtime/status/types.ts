import type { HostContainer, StateResource } from "../../plan/deployed";
import type { ServedReleases } from "../../plan/trial";
import type { Release } from "../../plan/types";
import type { Color } from "../../settings/schema";
import type { CutoverOutputs, InFlight, Target } from "../steps";
import type { SwitchEntry } from "../switch-history/entry";

/** A container as it is now. Times are ms since 1970 by the Docker host's clock. */
export interface SeenContainer extends HostContainer {
	/** Docker's health: starting, healthy, unhealthy; unset: it has no check. */
	readonly health?: string;
	/** How often Docker has started it again by itself. */
	readonly restarts: number;
	/** Of its last end; 0 while it runs. */
	readonly exitCode: number;
	readonly outOfMemory: boolean;
	readonly startedAtMs: number;
	/** The image's name, or its id where it has none by now. */
	readonly image: string;
	/** How it answered when it was asked as the health gate asks; unset: it was not. */
	readonly readiness?: { readonly ready: boolean; readonly seen: string };
}

/** The proxy as it is now. */
export interface SeenProxy {
	/** "v2.11.9"; unset: it could not be asked. */
	readonly caddyVersion?: string;
	/** Whether Caddy runs the Caddyfile that it would start with; unset: it could not be asked. */
	readonly runsItsCaddyfile?: boolean;
	/** Why Caddy could not be asked; unset: it could. */
	readonly problem?: string;
	/** Unset: it could not be counted, which is not zero. */
	readonly inFlight?: Readonly<Record<Color, InFlight>>;
}

/** What a Docker host shows of a stack at one moment. */
export interface HostStatus {
	/** By the Docker host's clock, ms since 1970. */
	readonly atMs: number;
	readonly containers: readonly SeenContainer[];
	readonly networks: readonly { readonly id: string; readonly name: string }[];
	/** Unset: no container of the proxy runs. */
	readonly proxy?: SeenProxy;
	/** Unset: no color has been released yet, or it cannot be read. */
	readonly switchValue?: string;
	/** The Caddyfile that Caddy would start with. */
	readonly caddyfile?: string;
	readonly releases?: Readonly<Partial<Record<Color, Release>>>;
	readonly served?: ServedReleases;
	/** Version of the database's schema; unset: the settings do not say how to read it, or nothing has migrated yet. */
	readonly schema?: string;
	/** Why the schema's version could not be read. */
	readonly schemaProblem?: string;
	/** Oldest first. */
	readonly switches: readonly SwitchEntry[];
}

/** What Pulumi's state says of a stack. */
export interface StateStatus {
	/** By URN. */
	readonly resources: Readonly<Record<string, StateResource>>;
	/** Unset: nothing has been released by this state. */
	readonly cutover?: Partial<CutoverOutputs>;
	/** The replicas of both colors as the last health gate was given them, with how they show that they are ready. */
	readonly targets: readonly Target[];
	/** What an `up` has begun that has not ended yet, or was interrupted: "creating shop-prod-green-web-1". */
	readonly pending: readonly string[];
}

/** What the settings want; only what `status` compares. */
export interface WantedStatus {
	readonly activeColor: Color;
	readonly versions: Readonly<Partial<Record<Color, string>>>;
	readonly maintenance: "on" | "off";
}

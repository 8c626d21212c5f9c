import type { Trial } from "../proxy/switch-file";
import type { Color, Maintenance } from "../settings/schema";
import type { StoreNames } from "./store-names";
import type { ServedReleases, TrialPolicy } from "./trial";

/** How to read the version in an answer, and which it has to be. */
export interface VersionCheck {
	/** The field of a JSON object that holds it; unset: the whole answer is the version. */
	readonly json?: string;
	readonly wanted: string;
}

/** How a replica shows that it is ready; every given way must pass. */
export interface Readiness {
	/** GET path on the replica's port; `status` unset: any 2xx. */
	readonly http?: { readonly port: number; readonly path: string; readonly status?: number };
	/** Docker's own health state must be "healthy". */
	readonly docker?: boolean;
	/** The container runs this long without a restart. */
	readonly staysUpMs?: number;
	/** What it tells on this path is the version that was ordered. */
	readonly version?: VersionCheck & { readonly port: number; readonly path: string };
}

/** Requests that each replica gets before visitors do. */
export interface WarmUp {
	readonly port: number;
	/** GET, in turn. */
	readonly paths: readonly string[];
	/** How many for each replica. */
	readonly requests: number;
	/** How many at once to each replica, at most. */
	readonly connections: number;
	/** They are spread evenly over this time. */
	readonly withinMs: number;
}

/** One public address of a service. */
export interface PublicRoute {
	/** Unset: every host. */
	readonly host?: string;
	/** Path prefix. */
	readonly path: string;
	/** The service gets the path without the prefix. Unset: with it. */
	readonly stripPrefix?: true;
}

/** What a service is in one release: everything that makes its containers, fixed until the color's next release. */
export interface ReleasedService {
	/** As the settings name it. */
	readonly image: string;
	/**
	 * What it turned out to be when the release was made: the registry's digest ("registry.example.com/shop-web@sha256:…"),
	 * or Docker's id ("sha256:…") of an image that came from no registry. Unset: not known yet, or released by a version of
	 * this program that did not note it.
	 */
	readonly pinned?: string;
	readonly port?: number;
	readonly route?: string;
	/** Instead of `route`. */
	readonly routes?: readonly PublicRoute[];
	readonly readiness: Readiness;
	readonly warmUp?: WarmUp;
	/** Command of the Docker health check, if the settings give one. */
	readonly healthCommand?: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	/** Names of secrets and of databases; never their values. */
	readonly secrets: readonly string[];
	readonly databases?: readonly string[];
	readonly secretsAs: "env" | "file";
	readonly resources: { readonly memoryMb?: number; readonly cpus?: number };
	readonly command?: readonly string[];
	readonly onlyWhenActive: boolean;
	readonly stopGraceMs: number;
	/**
	 * How many containers. Not fixed by the release: scaling takes effect at once. Recorded for a color that goes on
	 * serving after the settings no longer name the service.
	 */
	readonly replicaCount: number;
}

/** One release of one color, as recorded in the state of the cutover. Plain JSON, no secrets. */
export interface Release {
	readonly version: string;
	readonly revision?: string;
	readonly services: Readonly<Record<string, ReleasedService>>;
	/** With which login it uses each database; the password is not here. */
	readonly logins?: Readonly<Record<string, string>>;
}

/** What the stack's state says was there before this program ran. */
export interface Deployed {
	/** The color that serves; unset before the first cutover, and while two colors share the traffic. */
	readonly serving?: Color;
	/** The color that has a share of the traffic, on trial; the other one has the rest. */
	readonly trial?: TrialSeen;
	/** The last release of each color that has had all traffic; unset where that was not recorded. */
	readonly served?: ServedReleases;
	/** Whether visitors get the page of maintenance instead; unset: not known, or nothing serves. */
	readonly maintenance?: Maintenance;
	readonly releases: Readonly<Partial<Record<Color, Release>>>;
	/** Colors of which some container is of another release than that: one that failed has replaced it. */
	readonly unfinished?: readonly Color[];
	/** What the containers of the serving color are of by their labels; unset where they differ, or are not to be seen. */
	readonly servingRelease?: { readonly version: string; readonly revision?: string };
	/** The logins that each color's containers have, by database; several where a release was not finished. */
	readonly logins?: Readonly<Partial<Record<Color, Readonly<Record<string, readonly string[]>>>>>;
	/** The versions that the containers of a color are of by their labels; a color without containers is not named. */
	readonly present?: Readonly<Partial<Record<Color, readonly string[]>>>;
	/** The databases that are there, by their names in the settings; unset: none. */
	readonly databases?: Readonly<Record<string, DatabaseRecord>>;
	/** Names of the volumes that are labelled as a database's, by its name in the settings: its own, former and restored ones. */
	readonly databaseVolumes?: Readonly<Record<string, readonly string[]>>;
	/** How long each database was away at its last update, in ms. */
	readonly databaseOutages?: Readonly<Record<string, number>>;
}

/** A trial as the switch file and the last good `up` have it. */
export interface TrialSeen extends Pick<Trial, "to" | "percent"> {
	/** It waits for somebody to let it go on; otherwise an `up` was interrupted. */
	readonly paused?: boolean;
}

/**
 * What makes a database's container, as the label `blue-green.settings` on it tells: its settings with every default in
 * place, without what does not concern the container. No secrets.
 */
export interface DatabaseRecord {
	readonly type: "postgres" | "redis" | "custom";
	readonly image: string;
	/** Name of the volume that holds the data; unset where it keeps nothing. */
	readonly volume?: string;
	/** Of PostgreSQL: name of the database and of its owner. */
	readonly database?: string;
	/** Of a custom one: folders in the container, in the order of their volumes. */
	readonly volumes?: readonly string[];
	/** Of the server, tuned defaults among them. */
	readonly parameters?: Readonly<Record<string, string>>;
	/** All other settings that make the container, by name. */
	readonly [setting: string]: unknown;
}

/** What an `up` does with one database. */
export interface DatabaseChange {
	/** As in the settings. */
	readonly name: string;
	/**
	 * created: there was none. updated: its container is replaced on the same data, so it is away for some seconds.
	 * none: nothing happens to it.
	 */
	readonly kind: "created" | "updated" | "none";
	/** For people: "image 17.4 → 17.5, parameters.work_mem 4MB → 8MB"; empty where nothing happens. */
	readonly why: string;
}

export const NOTHING_DEPLOYED: Deployed = { releases: {} };

/** One container to be. */
export interface Replica {
	/** Container name, the same from release to release: `shop-prod-green-web-1`. */
	readonly container: string;
	/** `container:port` as Caddy dials it; unset for services without a port. */
	readonly upstream?: string;
}

export interface PlannedService extends ReleasedService {
	readonly name: string;
	/** Whether this color declares the containers in this `up`. */
	readonly declared: boolean;
	readonly replicas: readonly Replica[];
}

export interface PlannedColor {
	readonly color: Color;
	readonly release: Release;
	readonly services: readonly PlannedService[];
	/** Given to every service, for stores that both colors share. */
	readonly stores: StoreNames;
	/** Whether this very release is deployed already: then its containers are not to be changed by anything. */
	readonly kept: boolean;
	/** Services whose settings differ from what was released; they take effect with the next release. */
	readonly heldBack: readonly string[];
}

/** What one `up` is to bring about. */
export interface ReleasePlan {
	readonly prefix: string;
	readonly active: PlannedColor;
	/** The other color; unset where the settings give it no version. */
	readonly standby?: PlannedColor;
	/**
	 * What the proxy routes for each color, also for one that has no release yet: its first release must not change the
	 * proxy's configuration, because a reload closes connections.
	 */
	readonly routing: Readonly<Record<Color, readonly PlannedService[]>>;
	/** For people: "blue 1.4.0", and where it goes: "blue 1.4.0 → green 1.5.0". */
	readonly traffic: string;
	/** Whether another color served before, or none. */
	readonly trafficMoves: boolean;
	/** Set where the active color comes to all traffic step by step. */
	readonly trial?: PlannedTrial;
	/** Whether the active color is new to visitors, so that what they get from it is worth looking at. */
	readonly forward: boolean;
}

export interface PlannedTrial extends TrialPolicy {
	/** The share at which this `up` ends, with both colors serving; unset: it goes through to all traffic. */
	readonly pausesAt?: number;
}

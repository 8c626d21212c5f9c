import type { Color } from "../settings/schema";
import type { Phase } from "./migrations";

/** Names of everything a stack puts on a Docker host; all begin with the stack's prefix, so that stacks do not meet. */

/** A container's name is one label of a DNS name (RFC 1035); a longer one cannot be looked up. */
export const LONGEST_CONTAINER_NAME = 63;

/** `shop-prod`, from project and stack; Docker allows only these characters. */
export function stackPrefix(project: string, stack: string): string {
	const clean = (part: string) => part.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
	return `${clean(project)}-${clean(stack.split("/").at(-1) ?? stack)}`;
}

export function replicaName(prefix: string, color: Color, service: string, replica: number): string {
	return `${prefix}-${color}-${service}-${replica}`;
}

/** DNS name by which services of one color reach each other; never shared between colors, or requests would mix. */
export function colorAlias(color: Color, service: string): string {
	return `${color}-${service}`;
}

export function databaseName(prefix: string, database: string): string {
	return `${prefix}-db-${database}`;
}

/** The volume that backups are kept in where the settings name no folder. */
export function backupsVolume(prefix: string): string {
	return `${prefix}-backups`;
}

/** Of the resource and of the one-shot container: `shop-prod-green-expand`, `shop-prod-backfill`. */
export function migrationName(prefix: string, phase: Phase, color: Color): string {
	return phase === "expand" ? `${prefix}-${color}-expand` : `${prefix}-${phase}`;
}

export function proxyName(prefix: string): string {
	return `${prefix}-proxy`;
}

/** Labels on every container, network and volume; `status` and people find them by these. */
export const LABEL = {
	stack: "blue-green.stack",
	role: "blue-green.role",
	color: "blue-green.color",
	service: "blue-green.service",
	version: "blue-green.version",
	revision: "blue-green.revision",
	/** By database: "cache=app,main=app2". */
	logins: "blue-green.logins",
	/** On a migration's container: which phase, and the run of the journal that it is. */
	phase: "blue-green.phase",
	run: "blue-green.run",
	/** A database's name in the settings: on its container and its volumes. */
	database: "blue-green.database",
	/** What a database's container was made with, as JSON; see `DatabaseRecord`. */
	settings: "blue-green.settings",
} as const;

/** Label of an image that says which versions of the schema it works with. */
export const SCHEMA_LABEL = "blue-green.schema";

/** Value of the label `role` on a migration's container: it comes and goes within an `up`, and is in no state. */
export const MIGRATION_ROLE = "migration";

/** Value of the label `role` on the proxy's container. */
export const PROXY_ROLE = "proxy";

/** Folder in a container where secrets stand as files, as Docker and Compose have it. */
export const SECRETS_FOLDER = "/run/secrets";

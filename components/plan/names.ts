import type { Color } from "../settings/schema";

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
	/** A database's name in the settings: on its container and its volumes. */
	database: "blue-green.database",
	/** What a database's container was made with, as JSON; see `DatabaseRecord`. */
	settings: "blue-green.settings",
} as const;

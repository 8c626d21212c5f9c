import type * as pulumi from "@pulumi/pulumi";
import type { Database } from "../settings/schema";

/** How to reach one database from a service. */
export interface Connection {
	readonly type: Database["type"];
	/** The environment variable that carries `url`. */
	readonly variable: string;
	/** With user and password, of the newest login where there are several; secret. */
	readonly url: pulumi.Output<string>;
	/** By login, the newest last: a release keeps the one that it was made with. Unset: there is only `url`. */
	readonly urls?: Readonly<Record<string, pulumi.Output<string>>>;
	/** The URL of the role that owns the schema and may change it, for migrations; secret. PostgreSQL only. */
	readonly migratorUrl?: pulumi.Output<string>;
	/** Name of the database's container. */
	readonly container: pulumi.Output<string>;
	/** PostgreSQL only: name of the database, and of its owner. */
	readonly database?: string;
	readonly owner?: string;
}

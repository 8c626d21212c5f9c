import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ShimResource } from "../blue-green/shim";
import { accessOf, loginRole, migratorRole } from "../plan/logins";
import type { DatabaseLoginsInputs } from "../runtime/databases/store";
import type { Database } from "../settings/schema";

/** The roles or users of one database, made in its container; see `runDatabaseLogins`. */
class DatabaseLogins extends ShimResource {
	constructor(
		name: string,
		inputs: { [K in keyof DatabaseLoginsInputs]: pulumi.Input<DatabaseLoginsInputs[K]> },
		opts?: pulumi.CustomResourceOptions,
	) {
		super("databaseLogins", "DatabaseLogins", name, inputs, ["drift", "rules"], opts);
	}
}

export interface LoginsArgs {
	readonly database: Exclude<Database, { type: "custom" }>;
	/** Name of the container, which is its DNS name on the network. */
	readonly host: string;
	readonly containerId: pulumi.Input<string>;
	/** Whether migrations make the tables; see `accessOf`. */
	readonly migrations: boolean;
}

/** How to log in to a database; all URLs are secret, and known to work when they are known. */
export interface LoginUrls {
	/** That of the newest login. */
	readonly url: pulumi.Output<string>;
	/** By login, the newest last. Unset: there is only `url`. */
	readonly urls?: Readonly<Record<string, pulumi.Output<string>>>;
	/** PostgreSQL: that of the role that may change the schema. */
	readonly migratorUrl?: pulumi.Output<string>;
}

/**
 * Makes the logins of a database, each with a random password that is encrypted in the state.
 *
 * @param name Of the database's resources; those of the logins begin with it.
 */
export function databaseLogins(
	name: string,
	{ database, host, containerId, migrations }: LoginsArgs,
	opts: pulumi.CustomResourceOptions,
): LoginUrls {
	const { type } = database;
	const user = (login: string) => (type === "postgres" ? loginRole(database.database, login) : login);
	const logins = database.logins.map((login) => ({ login, user: user(login) }));
	const migrator = type === "postgres" ? migratorRole(database.database) : undefined;
	const users = [...logins.map((one) => one.user), ...(migrator === undefined ? [] : [migrator])];
	// Letters and digits only: passwords stand in URLs.
	const passwords = Object.fromEntries(
		users.map((one) => [
			one,
			new random.RandomPassword(`${name}-${one}-password`, { length: 32, special: false }, opts).result,
		]),
	);
	const made = new DatabaseLogins(
		`${name}-logins`,
		{
			type,
			container: host,
			containerId,
			...(type === "postgres" && { database: database.database, access: accessOf(database, migrations) }),
			logins: logins.map((one) => one.user),
			passwords: pulumi.secret(pulumi.all(passwords)),
		},
		opts,
	);
	const path = type === "postgres" ? `5432/${database.database}` : "6379";
	const urlOf = (one: string) =>
		// Whoever uses the URL comes after the logins have been made.
		made.id.apply(() => pulumi.interpolate`${type}://${one}:${passwords[one]}@${host}:${path}`);
	const urls = Object.fromEntries(logins.map((one) => [one.login, urlOf(one.user)]));
	const newest = logins.at(-1)?.user ?? "";
	return { url: urlOf(newest), urls, ...(migrator !== undefined && { migratorUrl: urlOf(migrator) }) };
}

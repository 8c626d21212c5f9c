/** What the logins of one database are to be. Passwords are secret to Pulumi; the rest is shown in previews. */
export interface DatabaseLoginsInputs {
	readonly type: "postgres" | "redis";
	/** The database's container. */
	readonly container: string;
	/** Docker's id: another container may hold another database. */
	readonly containerId: string;
	/** PostgreSQL: name of the database, which is that of its superuser too. */
	readonly database?: string;
	/** PostgreSQL: what the logins may do. */
	readonly access?: "readwrite" | "owner";
	/** Names of the roles or users that log in, without PostgreSQL's migrator. */
	readonly logins: readonly string[];
	/** By role or user. */
	readonly passwords: Readonly<Record<string, string>>;
}

export interface DatabaseLoginsOutputs extends DatabaseLoginsInputs {
	/** What a refresh found to be otherwise; empty where all is as it should be. */
	readonly drift: readonly string[];
	/** Redis: its rules of each user as it writes them, which is not as they are given. */
	readonly rules?: Readonly<Record<string, string>>;
}

/** What differs between databases. */
export interface Store {
	/** For people: "PostgreSQL in shop-db-main". */
	readonly name: string;
	/** What is otherwise than wanted, a sentence each. Reads only. */
	drift(): Promise<string[]>;
	/**
	 * Brings it to what is wanted; harmless where it is already.
	 * @returns what was done, for people, and what else is to be kept in the state.
	 */
	apply(): Promise<{ done: readonly string[]; rules?: Readonly<Record<string, string>> }>;
}

/** A failure that may be over in a moment: the database is being started, or somebody else holds a lock. */
export class NotYet extends Error {}

import type { Release } from "./types";

/** What keeps releases apart in stores that both colors share, such as Redis: by variable name. */
export type StoreNames = Readonly<Record<(typeof STORE_VARIABLES)[number], string>>;

export const STORE_VARIABLES = ["CACHE_PREFIX", "QUEUE_PREFIX", "DEAD_LETTER_QUEUE"] as const;

/**
 * A release's own names. Two versions never read each other's cached shapes, and a job is done by the version that made it;
 * a rollback finds what it left. The same version in both colors shares them: it is the same code.
 *
 * @param prefix Of the stack, so that stacks may share a store.
 */
export function storeNames(prefix: string, { version, revision }: Release): StoreNames {
	// A version becomes an image's tag, which has no "+": so 1.0.0 in revision 2 is never another version's name.
	const release = `${prefix}:${revision === undefined ? version : `${version}+${revision}`}`;
	return {
		CACHE_PREFIX: `${release}:cache:`,
		QUEUE_PREFIX: `${release}:queue:`,
		DEAD_LETTER_QUEUE: `${release}:dead-letters`,
	};
}

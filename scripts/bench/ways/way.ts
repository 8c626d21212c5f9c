/**
 * One way to release: what it sets up, and what its user does to move the traffic from blue 1.0.0 to green 2.0.0.
 *
 * Every way runs the same images with two replicas, the same environment and the same limits of memory, behind a proxy
 * in a container of its own that is published on the loopback.
 */
export interface Way {
	/** For `--only`, and for names of containers. */
	readonly name: string;
	/** For people. */
	readonly title: string;
	/** What a person who releases this way does, in a sentence; for the docs. */
	readonly recipe: string;
	/** The proxy's container. */
	readonly proxy: string;
	/** Brings everything up, blue serving. @returns where it is served. */
	prepare(): Promise<string>;
	/** The release to green, from the command to its end. This is what is measured. */
	switch(): Promise<void>;
	/** Brings blue back, so that the next release begins where this one did. */
	back(): Promise<void>;
	/** Removes all that `prepare` made, also when it failed half-way. */
	cleanUp(): Promise<void>;
}

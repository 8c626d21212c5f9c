/** What rules need of a resource of the stack. */
export interface StackResource {
	readonly type: string;
	readonly name: string;
	readonly props: Readonly<Record<string, unknown>>;
}

/** What one run does to a release, as its resources tell it. */
export interface ReleaseSeen {
	/** "shared": two colors did. Unset: none did, so this is a first deployment. */
	readonly servedBefore?: string;
	readonly active: string;
	/** False on the way back to a release that had all traffic before. */
	readonly forward: boolean;
	/** Number of the smoke checks in the settings (`checks`). */
	readonly ownChecks: number;
	/** Why each database's container is replaced, by its name; those that stay are not named. */
	readonly databaseChanges: Readonly<Record<string, string>>;
}

const BLUE_GREEN = "blue-green:index:BlueGreen";
const CUTOVER = "pulumi-nodejs:dynamic/blueGreen:Cutover";
const HOLD = "pulumi-nodejs:dynamic/blueGreen:Hold";

/** @returns each blue-green release of the stack; none whose color is not known yet. */
export function releasesOf(resources: readonly StackResource[]): ReleaseSeen[] {
	const changes = databaseChanges(resources);
	return resources.flatMap(({ type, name, props: { servedBefore } }) => {
		if (type !== BLUE_GREEN) return [];
		const cutover = resources.find((one) => one.type === CUTOVER && one.name === `${name}-cutover`);
		const { active, forward, ownChecks } = cutover?.props ?? {};
		if (active !== "blue" && active !== "green") return [];
		return {
			...(typeof servedBefore === "string" && { servedBefore }),
			active,
			forward: forward !== false,
			ownChecks: Array.isArray(ownChecks) ? ownChecks.length : 0,
			databaseChanges: changes,
		};
	});
}

function databaseChanges(resources: readonly StackResource[]): Record<string, string> {
	const databases = resources
		.filter(({ type }) => type === HOLD)
		.flatMap(({ props }) => Object.entries((props.databases ?? {}) as Record<string, { why?: unknown }>));
	const changes = databases.flatMap(([name, { why }]) =>
		typeof why === "string" && why !== "" ? [[name, why] as const] : [],
	);
	return Object.fromEntries(changes);
}

/** Traffic moves: not at a first deployment, which has no visitors yet. */
export function isSwitch({ servedBefore, active }: ReleaseSeen): boolean {
	return servedBefore !== undefined && servedBefore !== active;
}

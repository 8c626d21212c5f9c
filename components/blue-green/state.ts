import * as pulumi from "@pulumi/pulumi";
import { stackLabel } from "../labels";
import {
	databasesAmong,
	deployedIn,
	deployedOn,
	type HostContainer,
	type HostObservation,
	publishedIn,
	type StateResource,
} from "../plan/deployed";
import { INVENTORY_OUTPUT, inventoryText } from "../plan/inventory";
import { backupsVolume, proxyName } from "../plan/names";
import { otherStack } from "../plan/other-stack";
import { movedTags } from "../plan/pins";
import { compare } from "../plan/strays";
import type { Deployed } from "../plan/types";
import type { DatabaseUpdate } from "../runtime/database-update";
import { peekImages, peekNamed } from "../runtime/docker/peek";
import { type HostGlance, observeClosely, observeHost } from "../runtime/observe";
import { messageOf } from "../runtime/report";
import type { TrialRecord } from "../runtime/steps";
import { stackExports, stackResources } from "./engine-state";
import { settle } from "./settle";

/** Name of the export that holds the last update of databases. */
const DATABASE_UPDATE_OUTPUT = "lastDatabaseUpdate";
/** Name of the export that says which color is on trial. */
const TRIAL_OUTPUT = "trial";

export interface StackState {
	readonly deployed: Deployed;
	/** Addresses that the stack's own containers publish, such as "127.0.0.1:8080". */
	readonly published: readonly string[];
}

/**
 * What was deployed before this run: as the Docker host shows it, which is also right after an `up` that was killed, and
 * quick to ask; where the host cannot be asked (a preview on a build machine), as the stack's own state says.
 *
 * Where host and state disagree, an `up` first removes what an interrupted one has left behind without the state knowing of
 * it, as far as nobody uses it; see `compare`.
 *
 * @param prefix As given to `BlueGreen`.
 * @throws pulumi.RunError where the state knows nothing of what the host runs, or not of a container that is in use.
 */
export async function readStackState(prefix: string): Promise<StackState> {
	const [host, exported, images] = await Promise.all([
		observeHost(stackLabel(), proxyName(prefix)),
		stackExports(),
		peekImages().catch(() => []),
	]);
	await refuseOtherStack(host, prefix);
	for (const moved of movedTags(host?.releases ?? {}, images)) void pulumi.log.warn(moved);
	const trial = exported[TRIAL_OUTPUT] as TrialRecord | null | undefined;
	const known = host && { ...host, ...(trial && { trial }) };
	const { deployed, published } = await readWith(known, exported, prefix);
	const { outages } = (exported[DATABASE_UPDATE_OUTPUT] ?? {}) as Partial<DatabaseUpdate>;
	return { deployed: { ...deployed, ...(outages && { databaseOutages: outages }) }, published };
}

/** Asked only while the host has nothing of this stack: what it has made under these names nobody else can make. */
async function refuseOtherStack(host: HostGlance | undefined, prefix: string): Promise<void> {
	if (host === undefined || host.containers.length > 0) return;
	const things = await peekNamed(proxyName(prefix), backupsVolume(prefix)).catch(() => []);
	const reason = otherStack(prefix, stackLabel(), things);
	if (reason !== undefined) throw new pulumi.RunError(reason);
}

/** What the host shows, and what the last good `up` says of a trial that the host shows. */
type Host = HostGlance & Pick<HostObservation, "trial">;

async function readWith(
	host: Host | undefined,
	exported: Record<string, unknown>,
	prefix: string,
): Promise<StackState> {
	if (host === undefined) return byTheState(await stackResources(), prefix);
	const ids = containersOf(host, prefix).map(({ id }) => id);
	const agreed = exported[INVENTORY_OUTPUT] === inventoryText(ids);
	if (agreed) return byTheHost(host, prefix) ?? beforeTheFirst(host, await stackResources(), prefix);
	const resources = await stackResources();
	const removed = await settleDifferences(host, resources, prefix);
	const containers = host.containers.filter(({ id }) => !removed.has(id));
	const settled = { ...host, containers };
	return byTheHost(settled, prefix) ?? beforeTheFirst(settled, resources, prefix);
}

/** Undefined before the first cutover has recorded something. */
function byTheHost({ switchValue, releases, ...host }: Host, prefix: string): StackState | undefined {
	if (switchValue === undefined || releases === undefined) return undefined;
	return deployedOn({ ...host, switchValue, releases }, prefix);
}

/** The databases are there before anything is released; of the releases the state knows more, if there is anything to know. */
function beforeTheFirst(
	{ containers, volumes }: HostGlance,
	resources: Readonly<Record<string, StateResource>>,
	prefix: string,
): StackState {
	const { deployed, published } = byTheState(resources, prefix);
	const { databases: _, databaseVolumes: __, ...releases } = deployed;
	return { deployed: { ...releases, ...databasesAmong(containers, volumes, prefix) }, published };
}

function byTheState(resources: Readonly<Record<string, StateResource>>, prefix: string): StackState {
	return { deployed: deployedIn(resources, prefix), published: publishedIn(resources) };
}

function containersOf(host: HostGlance, prefix: string): HostContainer[] {
	return host.containers.filter(({ name }) => name.startsWith(`${prefix}-`));
}

/** @returns ids of containers that are gone now, or will be when this preview is carried out. */
async function settleDifferences(
	host: HostGlance,
	resources: Readonly<Record<string, StateResource>>,
	prefix: string,
): Promise<Set<string>> {
	const seen = await observeClosely(host, stackLabel(), proxyName(prefix)).catch((error: unknown) => {
		throw new pulumi.RunError(
			`The state and the Docker host differ, and Docker does not say how: ${messageOf(error)}. Nothing was touched.\nNext: see that Docker answers (docker info), then: pulumi up`,
		);
	});
	return settle(compare(seen, resources, prefix), seen, prefix, pulumi.runtime.isDryRun());
}

import * as pulumi from "@pulumi/pulumi";
import { stackLabel } from "../labels";
import { LABEL } from "../plan/names";
import type { Disagreement, HostStack } from "../plan/strays";
import { inUseText, missingText, removalText, stateLostText } from "../plan/strays-text";
import { removeContainer, removeNetwork } from "../runtime/docker/remove";

/**
 * Brings host and state to agree as far as nobody notices: removes what an interrupted `up` has left behind. A preview says
 * what would be removed.
 *
 * @returns ids of the containers that are gone, or will be.
 * @throws pulumi.RunError, before anything is touched, where the state is lost, or what it does not know is in use.
 */
export async function settle(
	found: Disagreement,
	host: HostStack,
	prefix: string,
	preview: boolean,
): Promise<Set<string>> {
	const stack = { name: pulumi.getStack(), label: stackLabel(), prefix };
	if (found.stateLost) throw new pulumi.RunError(stateLostText(stack, host));
	if (found.inUse.length > 0) throw new pulumi.RunError(inUseText(stack, host, found.inUse));
	if (found.missing.length > 0) void pulumi.log.warn(missingText(found.missing));
	const { removable, removableNetworks } = found;
	const networks = preview ? removableNetworks : await remove(found);
	const names = [...removable, ...networks].map(({ name }) => name);
	if (names.length > 0) void pulumi.log.info(removalText(names, preview));
	return new Set(removable.map(({ id }) => id));
}

/** @returns the networks that are gone. */
async function remove({
	removable,
	removableNetworks,
}: Disagreement): Promise<Disagreement["removableNetworks"]> {
	if (removable.length + removableNetworks.length === 0) return [];
	await Promise.all(removable.map(({ id, labels }) => removeContainer(id, labels[LABEL.role])));
	const gone = await Promise.all(removableNetworks.map(({ id }) => removeNetwork(id)));
	return removableNetworks.filter((_, index) => gone[index]);
}

import type { LabelledThing } from "./deployed";
import { backupsVolume, LABEL, proxyName } from "./names";

/**
 * Why a stack may not use names that begin with `prefix`; undefined where it may. Project and stack are joined by a dash,
 * which both may contain: `a-b` of project `shop` is named as `b` of project `shop-a` is, and one would take the other's
 * containers for its own.
 *
 * @param stack "project/stack", as on the label.
 * @param things Containers, running or not, and volumes of the Docker host.
 */
export function otherStack(
	prefix: string,
	stack: string,
	things: readonly LabelledThing[],
): string | undefined {
	// Every stack has these two, and the volume outlives it, with its databases' data beside it.
	const names = [proxyName(prefix), backupsVolume(prefix)];
	const taken = things.find(
		({ name, labels }) =>
			names.includes(name) && labels[LABEL.stack] !== undefined && labels[LABEL.stack] !== stack,
	);
	if (taken === undefined) return undefined;
	return `The stack ${stack} would name its containers, networks and volumes ${prefix}-…, as the stack ${taken.labels[LABEL.stack]} on this Docker host does (${taken.name}). Nothing was touched.\nNext: pulumi stack rename <another name>, then: pulumi up`;
}

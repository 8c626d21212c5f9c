import * as pulumi from "@pulumi/pulumi";
import { stackLabel } from "../labels";
import { deployedIn, deployedOn, publishedIn, type StateResource } from "../plan/deployed";
import { proxyName } from "../plan/names";
import type { Deployed } from "../plan/types";
import { observeHost } from "../runtime/observe";

export interface StackState {
	readonly deployed: Deployed;
	/** Addresses that the stack's own containers publish, such as "127.0.0.1:8080". */
	readonly published: readonly string[];
}

/**
 * What was deployed before this run: as the Docker host shows it, which is also right after an `up` that was killed, and
 * quick to ask; where the host cannot be asked (a preview on a build machine), as the stack's own state says.
 *
 * @param prefix As given to `BlueGreen`.
 */
export async function readStackState(prefix: string): Promise<StackState> {
	const host = await observeHost(stackLabel(), proxyName(prefix));
	if (host !== undefined) return deployedOn(host);
	// The engine's own function behind stack references, which can also be asked about the stack that is being run.
	const answer: { outputs?: Record<string, StateResource> } = await pulumi.runtime.invoke(
		"pulumi:pulumi:readStackResourceOutputs",
		{ stackName: pulumi.getStack() },
	);
	const resources = answer.outputs ?? {};
	return { deployed: deployedIn(resources, prefix), published: publishedIn(resources) };
}

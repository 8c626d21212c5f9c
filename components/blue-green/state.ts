import * as pulumi from "@pulumi/pulumi";
import { deployedIn, publishedIn, type StateResource } from "../plan/deployed";
import type { Deployed } from "../plan/types";

export interface StackState {
	readonly deployed: Deployed;
	/** Addresses that the stack's own containers publish, such as "127.0.0.1:8080". */
	readonly published: readonly string[];
}

/**
 * What the stack's own state says was deployed before this run. Needs no Docker Engine, so previews on a build
 * machine see it too. Secrets in the state are not looked at.
 *
 * @param prefix As given to `BlueGreen`.
 */
export async function readStackState(prefix: string): Promise<StackState> {
	// The engine's own function behind stack references, which can also be asked about the stack that is being run.
	const answer: { outputs?: Record<string, StateResource> } = await pulumi.runtime.invoke(
		"pulumi:pulumi:readStackResourceOutputs",
		{ stackName: pulumi.getStack() },
	);
	const resources = answer.outputs ?? {};
	return { deployed: deployedIn(resources, prefix), published: publishedIn(resources) };
}

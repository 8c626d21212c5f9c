import * as pulumi from "@pulumi/pulumi";
import { inventoryText } from "../plan/inventory";

/**
 * All containers of a stack as one short text, to be exported as `containers`: `readStackState` then sees at a glance
 * whether host and state agree. Without the export it asks for the whole state at every run.
 *
 * @param ids Docker's ids: those of the databases, of the proxy, and of both colors.
 */
export function inventory(ids: readonly pulumi.Input<string>[]): pulumi.Output<string> {
	return pulumi.all([...ids]).apply((known) => inventoryText(known));
}

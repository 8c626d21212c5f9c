import * as pulumi from "@pulumi/pulumi";

/**
 * Says in a preview that the proxy's container will be replaced, and what that means: the one time that nothing listens on the
 * port.
 *
 * @param serves Whether there is a product that visitors would miss.
 */
export function announceReplacement(
	containerId: pulumi.Output<string>,
	serves: boolean,
	resource: pulumi.Resource,
): void {
	if (!serves || !pulumi.runtime.isDryRun()) return;
	void isKnown(containerId).then((known) => (known ? undefined : pulumi.log.warn(REPLACEMENT, resource)));
}

/** Figures: docs/releasing-carefully.md, "Changing the proxy". */
export const REPLACEMENT =
	"the proxy's container will be replaced. Until the new one answers nothing listens on the port, and requests fail: for 1.2 to 1.3 s as measured with Docker's own commands on 2 cores, and for up to 3 s more where long requests or event streams are open.";

/** A preview is not told the id of what is to be made anew. The SDK's types leave this property out. */
function isKnown(output: pulumi.Output<string>): Promise<boolean> {
	return (output as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
}

import { TestStack } from "../../e2e/support/stack";
import { pulumi, UP } from "./cli";

/** A stack of which both colors have been released, and how long the second release took. */
export interface ReleasedTwice {
	readonly shop: TestStack;
	/** Of a release that nothing disturbed, ms. */
	readonly releaseMs: number;
}

/** @param wish Sets what the second release is to bring about. */
export async function releaseTwice(
	name: string,
	wish: (shop: TestStack) => Promise<unknown>,
): Promise<ReleasedTwice> {
	const shop = await TestStack.create(name);
	try {
		// What is asked here is whether it converges, not how fast a machine is on which much else runs.
		await shop.set("health.deadline", "60s");
		const first = await pulumi(shop, ...UP);
		if (first.exitCode !== 0) throw new Error(first.text);
		await wish(shop);
		const release = await pulumi(shop, ...UP);
		if (release.exitCode !== 0) throw new Error(release.text);
		return { shop, releaseMs: release.durationMs };
	} catch (error) {
		await shop.dispose();
		throw error;
	}
}

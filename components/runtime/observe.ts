import type { HostObservation } from "../plan/deployed";
import { RELEASES_FILE, SWITCH_FILE } from "../proxy/paths";
import { peekContainers, peekFile } from "./docker/peek";

/**
 * What the Docker host shows of a stack: its containers, the switch file, and what the cutovers recorded beside it.
 * Undefined where the host cannot be asked, or has no proxy of this stack or no record yet: then the state has to do.
 *
 * @param stack As on the label `blue-green.stack`.
 * @param proxy Name of the proxy's container.
 */
export async function observeHost(stack: string, proxy: string): Promise<HostObservation | undefined> {
	try {
		const containers = await peekContainers(stack);
		if (!containers.some(({ name }) => name === proxy)) return undefined;
		const [switchValue, releases] = await Promise.all([
			peekFile(proxy, SWITCH_FILE),
			peekFile(proxy, RELEASES_FILE),
		]);
		if (switchValue === undefined || releases === undefined) return undefined;
		return { containers, switchValue, releases: JSON.parse(releases) as HostObservation["releases"] };
	} catch {
		return undefined;
	}
}

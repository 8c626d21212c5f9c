import type { HostContainer, HostObservation, LabelledThing } from "../plan/deployed";
import type { HostStack } from "../plan/strays";
import { CADDYFILE, RELEASES_FILE, SWITCH_FILE } from "../proxy/paths";
import { peekContainers, peekFile, peekNetworks, peekVolumes } from "./docker/peek";

/** What is quick to see of a stack on its Docker host. */
export interface HostGlance {
	readonly containers: readonly HostContainer[];
	readonly volumes: readonly LabelledThing[];
	/** Unset: no color has been released yet. */
	readonly switchValue?: string;
	/** What the cutovers recorded beside the switch; unset where they have not, or it cannot be read. */
	readonly releases?: HostObservation["releases"];
}

/**
 * What the Docker host shows of a stack: its containers and volumes, the switch file, and what the cutovers recorded beside it.
 * Undefined where the host cannot be asked.
 *
 * @param stack As on the label `blue-green.stack`.
 * @param proxy Name of the proxy's container.
 */
export async function observeHost(stack: string, proxy: string): Promise<HostGlance | undefined> {
	try {
		const [containers, volumes] = await Promise.all([peekContainers(stack), peekVolumes(stack)]);
		if (!containers.some(({ name }) => name === proxy)) return { containers, volumes };
		const [switchValue, record] = await Promise.all([
			peekFile(proxy, SWITCH_FILE),
			peekFile(proxy, RELEASES_FILE),
		]);
		const releases = releasesIn(record);
		return {
			containers,
			volumes,
			...(switchValue !== undefined && { switchValue }),
			...(releases && { releases }),
		};
	} catch {
		return undefined;
	}
}

/**
 * The rest of what `compare` wants to know; asked only where something does not look right.
 * @throws Error where the host does not answer.
 */
export async function observeClosely(glance: HostGlance, stack: string, proxy: string): Promise<HostStack> {
	const hasProxy = glance.containers.some(({ name }) => name === proxy);
	const [networks, caddyfile] = await Promise.all([
		peekNetworks(stack),
		hasProxy ? peekFile(proxy, CADDYFILE) : undefined,
	]);
	return { ...glance, networks, ...(caddyfile !== undefined && { caddyfile }) };
}

function releasesIn(record: string | undefined): HostObservation["releases"] | undefined {
	try {
		return record === undefined ? undefined : (JSON.parse(record) as HostObservation["releases"]);
	} catch {
		return undefined;
	}
}

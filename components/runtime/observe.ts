import type { HostContainer, HostObservation, LabelledThing } from "../plan/deployed";
import { LABEL, MIGRATION_ROLE } from "../plan/names";
import type { HostStack } from "../plan/strays";
import type { ReleasesRecord, ServedReleases } from "../plan/trial";
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
	/** Which of them have had all traffic. */
	readonly served?: ServedReleases;
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
		const [all, volumes] = await Promise.all([peekContainers(stack), peekVolumes(stack)]);
		// Those of migrations are in no state, and belong to whoever runs them next.
		const containers = all.filter(({ labels }) => labels[LABEL.role] !== MIGRATION_ROLE);
		if (!containers.some(({ name }) => name === proxy)) return { containers, volumes };
		const [switchValue, record] = await Promise.all([
			peekFile(proxy, SWITCH_FILE),
			peekFile(proxy, RELEASES_FILE),
		]);
		return {
			containers,
			volumes,
			...(switchValue !== undefined && { switchValue }),
			...recordIn(record),
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

/** What the cutovers recorded on the host; nothing where they have not, or it cannot be read. */
export function recordIn(text: string | undefined): Pick<HostGlance, "releases" | "served"> {
	try {
		if (text === undefined) return {};
		const { served, ...releases } = JSON.parse(text) as ReleasesRecord;
		return { releases, ...(served && { served }) };
	} catch {
		return {};
	}
}

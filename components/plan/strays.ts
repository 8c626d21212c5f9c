import { readSwitchValue } from "../proxy/switch-file";
import { COLORS, type Color } from "../settings/schema";
import { CONTAINER_TYPE, type HostContainer, type StateResource } from "./deployed";
import { LABEL } from "./names";

/** What a Docker host shows of a stack; the rest is unset before the first release. */
export interface HostStack {
	readonly containers: readonly HostContainer[];
	readonly networks: readonly { readonly id: string; readonly name: string }[];
	readonly switchValue?: string;
	/** The Caddyfile that Caddy would start with. */
	readonly caddyfile?: string;
}

/** Where a Docker host and a stack's state disagree. */
export interface Disagreement {
	/** The state knows nothing of a stack that is there. */
	readonly stateLost: boolean;
	/** Not known to the state, and nothing that anybody uses: an interrupted `up` has left them behind. */
	readonly removable: readonly HostContainer[];
	/** Networks of the same kind; Docker keeps those that something is attached to. */
	readonly removableNetworks: readonly { readonly id: string; readonly name: string }[];
	/** Not known to the state, but in use. */
	readonly inUse: readonly HostContainer[];
	/** Names of containers that the state knows and the host does not have. */
	readonly missing: readonly string[];
}

const NETWORK_TYPE = "docker:index/network:Network";
/** States in which a container does nothing for anybody. */
const IDLE = ["created", "exited", "dead", "removing"];

/**
 * Compares by Docker's ids, for the things whose names begin with `prefix`. Volumes are left out: Docker gives the one that
 * is there to whoever creates it by name, so nothing stands in the way, and they hold data.
 *
 * @param resources The stack's state, by URN.
 */
export function compare(
	host: HostStack,
	resources: Readonly<Record<string, StateResource>>,
	prefix: string,
): Disagreement {
	const known = new Map(
		Object.entries(resources)
			.filter(([, { type }]) => type === CONTAINER_TYPE || type === NETWORK_TYPE)
			.map(([urn, { outputs }]) => [String(outputs.id), urn.split("::").at(-1) ?? ""]),
	);
	const names = new Set(known.values());
	const containers = host.containers.filter(({ name }) => name.startsWith(`${prefix}-`));
	const strays = containers.filter(({ id }) => !known.has(id));
	const shown = new Set(containers.map(({ id }) => id));
	const inUse = strays.filter((stray) => isInUse(stray, host));
	return {
		stateLost: containers.length > 0 && ![...names].some((name) => name.startsWith(`${prefix}-`)),
		removable: strays.filter((stray) => !inUse.includes(stray)),
		removableNetworks: host.networks.filter(
			({ id, name }) => name.startsWith(`${prefix}-`) && !known.has(id) && !names.has(name),
		),
		inUse,
		missing: Object.entries(resources)
			.filter(([, { type, outputs }]) => type === CONTAINER_TYPE && !shown.has(String(outputs.id)))
			.map(([urn]) => urn.split("::").at(-1) ?? "")
			.filter((name) => name.startsWith(`${prefix}-`)),
	};
}

/** Colors that get traffic by the switch file; none before the first release. */
export function servingColors(switchValue: string | undefined): Color[] {
	if (switchValue === undefined) return [];
	const serving = readSwitchValue(switchValue);
	return serving === "shared" ? [...COLORS] : [serving];
}

/**
 * Whether somebody would notice that it is gone. A service's container is in use where its color serves and the proxy
 * sends requests to it: not a new replica, which the cutover has yet to tell the proxy of, and not a worker, which finishes
 * its job when it is stopped. Proxy and databases are in use as soon as anything serves.
 */
function isInUse(
	{ name, status, labels }: HostContainer,
	{ switchValue, caddyfile = "" }: HostStack,
): boolean {
	const serving = servingColors(switchValue);
	if (IDLE.includes(status) || serving.length === 0) return false;
	if (labels[LABEL.role] !== "service") return true;
	const color = labels[LABEL.color];
	return serving.some((one) => one === color) && new RegExp(`(?<![a-z0-9-])${name}:\\d`).test(caddyfile);
}

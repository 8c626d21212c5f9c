import { BlockList, isIPv6 } from "node:net";
import { type Fact, type Finding, finding } from "../../../components/doctor/finding";

/** What the DNS says of one host name; empty: it has no address. */
export interface SeenName {
	readonly host: string;
	readonly addresses: Fact<readonly string[]>;
}

/** Networks of no public address (RFC 1918, 6598, 3927, 4193, 4291). */
const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
	["0.0.0.0", 8],
	["10.0.0.0", 8],
	["100.64.0.0", 10],
	["127.0.0.0", 8],
	["169.254.0.0", 16],
	["172.16.0.0", 12],
	["192.168.0.0", 16],
] as const)
	NOT_PUBLIC.addSubnet(network, bits);
for (const [network, bits] of [
	["::", 127],
	["fc00::", 7],
	["fe80::", 10],
] as const)
	NOT_PUBLIC.addSubnet(network, bits, "ipv6");

/**
 * Whether an ACME authority will find the hosts of the proxy by their names.
 *
 * @param authority Public: one that comes from the internet. Private: `tls.directory` names another. Unset: there is no ACME.
 */
export function judgeNames(
	names: readonly SeenName[],
	authority: "public" | "private" | undefined,
): Finding[] {
	if (authority === undefined)
		return [finding("dns", "ok", "no certificate of an ACME authority is wanted, so no name is looked up")];
	if (names.length === 0)
		return [
			finding(
				"dns",
				"problem",
				"tls.mode is acme, but no host is named to have a certificate for",
				"pulumi config set --path 'proxy.hosts[0]' <host>",
			),
		];
	return names.map(({ host, addresses }) => judgeName(host, addresses, authority));
}

function judgeName(host: string, addresses: SeenName["addresses"], authority: "public" | "private"): Finding {
	if ("why" in addresses)
		return finding("dns", "unknown", `${host} cannot be looked up: ${addresses.why}`, `dig ${host}`);
	const list = addresses.known.join(", ");
	if (list === "")
		return finding(
			"dns",
			"problem",
			`${host} has no address: the ACME authority gives no certificate for it`,
			`set an A or AAAA record for it, then: dig +short ${host}`,
		);
	const unreachable = addresses.known.filter((address) =>
		NOT_PUBLIC.check(address, isIPv6(address) ? "ipv6" : "ipv4"),
	);
	if (authority === "public" && unreachable.length > 0)
		return finding(
			"dns",
			"problem",
			`${host} has the address ${unreachable.join(", ")}, which is not reached from the internet: the ACME authority gives no certificate`,
			`set its A or AAAA record to the public address of the host, then: dig +short ${host}`,
		);
	return finding("dns", "ok", `${host} has the address ${list}`);
}

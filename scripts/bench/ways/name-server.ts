import { shopImage } from "../../images/versions";
import { BENCH_LABEL, type Host } from "../host";

const NAME = "bench-name-server";

/**
 * Answers every question with "no such name": the header's flags say so, then the question as it came, nothing else
 * (RFC 1035, section 4).
 */
const NO_SUCH_NAME = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (query, from) => {
	let end = 12;
	while (query[end] !== 0) end += query[end] + 1;
	const answer = Buffer.from(query.subarray(0, end + 5));
	answer.writeUInt16BE(0x8183, 2);
	answer.fill(0, 6, 12);
	socket.send(answer, from.port, from.address);
});
socket.bind(53);
process.on("SIGTERM", () => process.exit(0));
`;

/**
 * A name server for proxies that look up their upstreams with every connection. Docker hands on to the host's own server
 * what no running container is called, which is what stopped replicas are for a while. How long that takes under load is
 * the host's affair (seconds, on the machine where this was written), so here it takes next to no time on every machine.
 *
 * @returns its address on the network.
 */
export async function startNameServer(host: Host, network: string): Promise<string> {
	await host.docker(
		...["run", "--detach", "--name", NAME, "--network", network, "--label", `${BENCH_LABEL}=shop`],
		...["--user", "root", "--entrypoint", "node", shopImage("web", "1.0.0"), "--eval", NO_SUCH_NAME],
	);
	const address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
	return host.docker("inspect", "--format", address, NAME);
}

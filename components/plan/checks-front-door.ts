import { ADMIN_PORT, CERTIFICATES_PORT } from "../proxy/ports";
import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { ProxySettings } from "../settings/schema";

/** Caddy itself listens there, in its container. */
const TAKEN = [CERTIFICATES_PORT, ADMIN_PORT];

/** How the proxy's own settings fit together. */
export function checkFrontDoor({ proxy }: { readonly proxy: ProxySettings }): Problem[] {
	return [...checkPorts(proxy), ...checkAcme(proxy)];
}

function checkPorts({ httpPort, httpsPort, tls }: ProxySettings): Problem[] {
	const ports = { httpPort, ...(tls.mode !== "off" && { httpsPort }) };
	const taken = Object.entries(ports).flatMap(([name, port]): Problem[] => {
		if (!TAKEN.includes(port)) return [];
		const path = ["proxy", name];
		const reason = `${port} is a port that Caddy needs for itself. Allowed: any but ${TAKEN.join(" and ")}.`;
		return [{ path, reason, fix: [setCommand(path, String(port + 10))] }];
	});
	if (tls.mode === "off" || httpPort !== httpsPort) return taken;
	const path = ["proxy", "httpsPort"];
	const reason = `${httpsPort} is the port for plain HTTP too. Allowed: another one than proxy.httpPort.`;
	return [...taken, { path, reason, fix: [setCommand(path, httpPort === 443 ? "8443" : "443")] }];
}

/** An authority wants to see names, and by the challenges that Caddy answers by itself it gives none with a "*". */
function checkAcme({ tls, hosts }: ProxySettings): Problem[] {
	if (tls.mode !== "acme") return [];
	if (hosts.length === 0) {
		const path = ["proxy", "hosts", 0];
		const reason = "missing: certificates are for names. Allowed: the host names that visitors use.";
		return [{ path, reason, fix: [setCommand(path, "shop.example.com")] }];
	}
	return hosts.flatMap((host, index): Problem[] => {
		if (!host.startsWith("*.")) return [];
		const path = ["proxy", "hosts", index];
		const reason = `${host} needs a challenge by DNS, which this does not do. Allowed: whole names, or proxy.tls.mode files.`;
		return [{ path, reason, fix: [setCommand(path, `www${host.slice(1)}`), removeCommand(path)] }];
	});
}

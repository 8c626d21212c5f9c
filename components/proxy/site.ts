import { sshHost } from "../settings/docker-host";
import type { ProxySettings } from "../settings/schema";
import type { Site } from "./caddyfile";
import type { Preview } from "./preview";
import { tlsSite } from "./tls";

/** What the settings of the proxy mean for its Caddyfile. @param preview Unset: there is none. */
export function siteOf(settings: ProxySettings, preview?: Preview): Site {
	const { httpPort, hosts, colorHeader, holdFor } = settings;
	const { securityHeaders, compress, trustedProxies, maxRequestBody } = settings;
	const tls = tlsSite(settings, reachedAt(settings));
	const frontDoor = {
		...(tls && { tls }),
		...{ securityHeaders, compress, trustedProxies },
		...(maxRequestBody !== undefined && { maxRequestBody }),
	};
	return { httpPort, hosts, colorHeader, holdForMs: holdFor, frontDoor, ...(preview && { preview }) };
}

/** An address at which the Docker host reaches the proxy. */
export function reachedAt({ bindAddress }: Pick<ProxySettings, "bindAddress">): string {
	return bindAddress === "0.0.0.0" || bindAddress === "::" ? "127.0.0.1" : bindAddress;
}

/** Where visitors reach it who do not sit on the Docker host; what listens on its loopback only, they do not. */
export function visitedAt(
	settings: Pick<ProxySettings, "bindAddress">,
	dockerHost: string | undefined,
): string {
	const everywhere = settings.bindAddress === "0.0.0.0" || settings.bindAddress === "::";
	const name = dockerHost === undefined ? undefined : sshHost(dockerHost)?.name;
	return everywhere && name !== undefined ? name : reachedAt(settings);
}

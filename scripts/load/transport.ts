import * as http from "node:http";
import * as https from "node:https";
import type { CheckedOptions } from "./options";

type Target = Pick<CheckedOptions, "url" | "host" | "ca">;

/** Where to connect, as `request` wants it, of HTTP or of HTTPS. */
export interface Address {
	host: string;
	port: string | number;
	/** Only for HTTPS: whom to trust, and the name that the certificate has to be for. */
	ca?: string;
	servername?: string;
}

/** Host and port, and for HTTPS what its certificate has to show. */
export function addressOf({ url, host, ca }: Target): Address {
	const { hostname, port, protocol } = new URL(url);
	const address = {
		host: hostname.replace(/^\[|\]$/g, ""),
		port: port || (protocol === "https:" ? 443 : 80),
	};
	if (protocol === "http:") return address;
	// The name is the host without its port; an address is not asked for by name.
	const servername = host?.replace(/:\d+$/, "");
	return { ...address, ...(ca !== undefined && { ca }), ...(servername !== undefined && { servername }) };
}

/** `http.request`, or `https.request` where the URL says so. */
export function requestOf({ url }: Pick<Target, "url">): typeof http.request {
	return isSecure(url) ? https.request : http.request;
}

/** Keeps one connection. */
export function oneConnection({ url }: Pick<Target, "url">): http.Agent {
	const options = { keepAlive: true, maxSockets: 1 };
	return isSecure(url) ? new https.Agent(options) : new http.Agent(options);
}

function isSecure(url: string): boolean {
	return new URL(url).protocol === "https:";
}

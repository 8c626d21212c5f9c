/**
 * One replica has two addresses in the Caddyfile, so that Caddy counts what is in flight by kind: one for requests,
 * `shop-blue-web-1:3000`, and one for streams (WebSockets, event streams), `shop-blue-web-1.:3000`. The dot at the end
 * of a DNS name means the same name; to Caddy, which counts by the text of the address, it is another upstream.
 */
export function streamAddress(upstream: string): string {
	const colon = upstream.lastIndexOf(":");
	return `${upstream.slice(0, colon)}.${upstream.slice(colon)}`;
}

/** The name of the container behind an upstream. */
export function containerOf(upstream: string): string {
	return upstream.slice(0, upstream.lastIndexOf(":"));
}

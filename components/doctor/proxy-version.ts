import { imageVersion } from "../plan/image-version";
import { isOldCaddy, OLD_CADDY, OLDEST_CADDY, readCaddyVersion } from "../proxy/caddy-version";
import type { SeenImages } from "./disk";
import { type Fact, type Finding, finding } from "./finding";

const NEWER = "pulumi config set --path proxy.image caddy:2.11-alpine";

/**
 * Whether the proxy's Caddy is new enough.
 *
 * @param running What `caddy version` prints in the proxy; why it cannot be asked otherwise.
 * @param image Of the settings; what it says of itself tells where nothing runs.
 */
export function judgeCaddy(running: Fact<string>, image: string, images: SeenImages): Finding {
	const version = "known" in running ? readCaddyVersion(running.known) : undefined;
	if (version !== undefined) return judged(`the proxy runs Caddy ${version}`, version);
	const said = versionOf(image, images);
	if (said !== undefined) return judged(`${image} is Caddy ${said}`, said);
	if (isOldSeries(image)) return old(`${image} is an older Caddy by its name`);
	const why = "why" in running ? running.why : "`caddy version` prints no version there";
	return finding("proxy", "unknown", `which Caddy the proxy is cannot be told: ${why}`);
}

function judged(text: string, version: string): Finding {
	return isOldCaddy(version) ? old(text) : finding("proxy", "ok", text);
}

function old(text: string): Finding {
	return finding("proxy", "problem", `${text}; ${OLDEST_CADDY} or newer is needed: ${OLD_CADDY}`, NEWER);
}

/** As the image says it, which the official one does, else by its tag. */
function versionOf(image: string, images: SeenImages): string | undefined {
	const seen = images[image];
	const own = seen !== undefined && "known" in seen ? seen.known?.caddyVersion : undefined;
	const tag = isCaddy(image) ? imageVersion(image)?.tag : undefined;
	return readCaddyVersion(own ?? "") ?? readCaddyVersion(tag ?? "");
}

/** A tag such as 2.10-alpine names no single version, but all of its series are too old. */
function isOldSeries(image: string): boolean {
	const [major, minor] = imageVersion(image)?.numbers ?? [];
	if (!isCaddy(image) || major === undefined || minor === undefined) return false;
	return isOldCaddy(`${major}.${minor}.999`);
}

/** Other images have numbers of their own. */
function isCaddy(image: string): boolean {
	return /(^|\/)caddy$/.test(imageVersion(image)?.repository ?? "");
}

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { assertCaddyVersion } from "../../../scripts/images/caddy-version";
import { localImages } from "../../../scripts/images/versions";

describe("assertCaddyVersion", () => {
	it.each(["2.11.3", "v2.11.9 h1:bhZtcRKQOq0fuLvEgCdPYvUxXyGn9kzjG4lh2332DTE=\n", "v2.12.0", "3.0.0"])(
		"takes %j",
		(text) => {
			expect(() => assertCaddyVersion(text)).not.toThrow();
		},
	);

	it.each(["2.11.2", "v2.6.2", "2.9.99", "1.0.5"])("refuses %j", (text) => {
		expect(() => assertCaddyVersion(text)).toThrow("is too old: 2.11.3 or newer is needed");
	});

	it("says why, and what to do", () => {
		expect(() => assertCaddyVersion("v2.11.2 h1:abc=")).toThrow(
			"Caddy 2.11.2 is too old: 2.11.3 or newer is needed. Before 2.11.2 the admin endpoint /reverse_proxy/upstreams forgets requests in flight to upstreams that a reload removed, so a drain would end while they run. Set the proxy's image to caddy:2.11-alpine or newer.",
		);
	});

	it.each(["", "unknown", "(devel)"])("does not take %j for a version", (text) => {
		expect(() => assertCaddyVersion(text)).toThrow(
			`Caddy says "${text}" where its version should be; 2.11.3 or newer is needed. Ask it: caddy version`,
		);
	});

	it("takes the version that the local image is compiled from, and the tag tells it", () => {
		const images = path.join(__dirname, "../../../scripts/images");
		const goMod = readFileSync(path.join(images, "caddy/source/go.mod"), "utf8");
		const version = /^require github\.com\/caddyserver\/caddy\/v2 v(\S+)$/m.exec(goMod)?.[1] ?? "";
		expect(() => assertCaddyVersion(version)).not.toThrow();
		expect(localImages.caddy).toBe(`blue-green-local/caddy:${version}`);
	});
});

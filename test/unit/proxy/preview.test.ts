import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderCaddyfile, type Site } from "../../../components/proxy/caddyfile";
import type { RouteTables } from "../../../components/proxy/color-routes";
import type { Preview } from "../../../components/proxy/preview";
import { PREVIEWED_PATTERNS, previewedColor } from "../../../components/proxy/previewed";
import { heldValue, switchValue, trialValue, withState } from "../../../components/proxy/switch-file";
import { COLORS } from "../../../components/settings/schema";

const SITE: Site = { httpPort: 8080, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 };
const TABLES: RouteTables = {
	blue: [{ prefix: "/", upstreams: ["shop-blue-web-1:3000"] }],
	green: [{ prefix: "/", upstreams: ["shop-green-web-1:3000"] }],
};
const PREVIEW: Preview = { header: "X-Preview", cookie: "preview" };

const render = (preview?: Preview) => renderCaddyfile({ ...SITE, ...(preview && { preview }) }, TABLES);
/** Lines that are in the one and not in the other, as often as they are more. */
function added(text: string, without: string): string {
	const rest = without.split("\n");
	return text
		.split("\n")
		.filter((line) => {
			const at = rest.indexOf(line);
			if (at >= 0) rest.splice(at, 1);
			return at < 0;
		})
		.join("\n");
}

describe("the preview in the Caddyfile", () => {
	test("is nothing at all where it is off", () => {
		expect(render()).not.toMatch(/preview|order /i);
	});

	test("comes before everything else, and is entered by a look at two headers", () => {
		const lines = render(PREVIEW).split("\n");
		const start = lines.indexOf("(traffic) {");
		const end = lines.findIndex((line) => line.includes("# Read once"));
		expect(lines.slice(start, end).join("\n")).toMatchInlineSnapshot(`
			"(traffic) {
				# Everything but WebSockets and event streams.
				@request {
					not header Upgrade *
					not header Accept text/event-stream*
				}
				# With the header or the cookie of the preview: an or, as Caddy has it.
				@asks_for_preview {
					not {
						not header X-Preview *
						not header Cookie *preview=*
					}
				}
				route @asks_for_preview {
					# A missing file reads as empty, as does a missing cookie: neither is a right token.
					@right_token {
						not vars {file./config/blue-green/preview-token} ""
						not {
							not vars {http.request.header.X-Preview} {file./config/blue-green/preview-token}
							not vars {http.request.cookie.preview} {file./config/blue-green/preview-token}
						}
					}
					vars @right_token preview yes
					import without_token
					@preview vars {http.vars.preview} yes
					handle @preview {
						import previewed
					}
				}"
		`);
	});

	test("shows the color of the switch file, out of every count, and takes the token away", () => {
		const lines = render(PREVIEW).split("\n");
		const snippets = lines.slice(lines.indexOf("(previewed) {"), lines.indexOf("(traffic) {"));
		expect(snippets.join("\n")).toMatchInlineSnapshot(`
			"(previewed) {
				log_skip
				header >X-Robots-Tag noindex
				map {file./switch/green_below} {previewed} {
					~-to-(blue|green)- $1
					~^[g-z] blue
					default green
				}
				@previewed_blue vars {previewed} blue
				handle @previewed_blue {
					import blue 0s 0s
				}
				handle {
					import green 0s 0s
				}
			}

			(without_token) {
				request_header -X-Preview
				request_header Cookie \`(^|;\\s*)preview=[^;]*\` ""
				request_header Cookie \`^;\\s*\` ""
				@no_cookie_left vars {http.request.header.Cookie} ""
				request_header @no_cookie_left -Cookie
			}
			"
		`);
	});

	test("answers with a sentence where the color does not answer", () => {
		expect(render(PREVIEW)).toContain(
			'\thandle_errors 502 503 504 {\n\t\t@preview_failed vars {http.vars.preview} yes\n\t\thandle @preview_failed {\n\t\t\theader Cache-Control no-store\n\t\t\trespond "Nothing to preview: the standby color has no release, or does not answer." 503\n',
		);
	});

	test("has a site for a port and one for a host name, without a token", () => {
		const ways = { ...PREVIEW, port: 8081, host: "preview.shop.example.com" };
		const site = [
			"\trequest_header -X-Forwarded-*",
			"\trequest_header -Forwarded",
			"\trequest_header X-Real-IP {client_ip}",
			"\t# Everything but WebSockets and event streams.",
			"\t@request {",
			"\t\tnot header Upgrade *",
			"\t\tnot header Accept text/event-stream*",
			"\t}",
			"\tvars preview yes",
			"\troute {",
			"\t\timport without_token",
			"\t\timport previewed",
			"\t}",
			"\thandle_errors {",
			"\t\t@preview_failed vars {http.vars.preview} yes",
			"\t\thandle @preview_failed {",
			"\t\t\theader Cache-Control no-store",
			'\t\t\trespond "Nothing to preview: the standby color has no release, or does not answer." 503',
			"\t\t}",
			"\t}",
			"}",
		];
		const text = render(ways);
		expect(text).toContain(["", "http://preview.shop.example.com:8080 {", ...site, ""].join("\n"));
		expect(text).toContain(["", "http://:8081 {", ...site, ""].join("\n"));
		expect(added(text, render(PREVIEW))).not.toContain("asks_for_preview");
	});
});

describe("the color that is shown", () => {
	test.each([
		["", "green"],
		[switchValue("blue"), "green"],
		[switchValue("green"), "blue"],
		[trialValue({ to: "blue", percent: 0, visit: "a1" }), "blue"],
		[trialValue({ to: "green", percent: 0, visit: "a1" }), "green"],
		[trialValue({ to: "green", percent: 100, visit: "a1" }), "green"],
		[trialValue({ to: "blue", percent: 100, visit: "a1" }), "blue"],
		["80", "green"],
		[heldValue(switchValue("green"), 1_763_745_600), "blue"],
		[heldValue(switchValue("blue"), 1_763_745_600), "green"],
		[withState(switchValue("green"), { maintenance: true }), "blue"],
		[
			withState(trialValue({ to: "blue", percent: 25, visit: "a1" }), { maintenance: true, heldUntilS: 1 }),
			"blue",
		],
	] as const)("by %j is %s", (value, color) => {
		expect(previewedColor(value)).toBe(color);
		expect(asCaddyMaps(value)).toBe(color);
	});

	test("is the same to Caddy and to the steps, for every value that is ever written", () => {
		const visit = fc.stringMatching(/^[a-z0-9]{1,12}$/);
		const trial = fc.record({
			to: fc.constantFrom(...COLORS),
			percent: fc.integer({ min: 0, max: 100 }),
			visit,
		});
		const begin = fc.oneof(fc.constantFrom(...COLORS).map(switchValue), trial.map(trialValue));
		const rest = fc.record(
			{ maintenance: fc.boolean(), heldUntilS: fc.nat() },
			{ requiredKeys: ["maintenance"] },
		);
		fc.assert(
			fc.property(begin, rest, (value, more) => {
				const written = withState(value, more);
				expect(asCaddyMaps(written)).toBe(previewedColor(written));
			}),
		);
	});
});

/** What Caddy's `map` makes of the value: the first line that fits. */
function asCaddyMaps(value: string): string | undefined {
	for (const line of PREVIEWED_PATTERNS) {
		const [pattern = "", output = ""] = line.split(" ");
		if (pattern === "default") return output;
		const found = new RegExp(pattern.slice(1)).exec(value);
		if (found !== null) return output.replace("$1", found[1] ?? "");
	}
	return undefined;
}

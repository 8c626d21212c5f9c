import { describe, expect, it } from "vitest";
import { renderCaddyfile } from "../../../components/proxy/caddyfile";

const SITE = { httpPort: 8080, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 } as const;
const TABLES = {
	blue: [{ prefix: "/", upstreams: ["a:1"] }],
	green: [{ prefix: "/", upstreams: ["b:1"] }],
};

/** The lines of the block that begins with `first`. */
function block(text: string, first: string): string[] {
	const lines = text.split("\n").map((line) => line.trim());
	const start = lines.indexOf(first);
	return lines.slice(start + 1, lines.indexOf("}", start));
}

describe("the access log in the Caddyfile", () => {
	it("is not there where nothing is counted", () => {
		expect(renderCaddyfile(SITE, TABLES, { sticky: true })).not.toMatch(/\blog/);
	});

	it("leaves out every request while one color has all traffic", () => {
		const text = renderCaddyfile(SITE, TABLES, { sticky: true, counted: true });
		for (const color of ["blue", "green"]) expect(block(text, `handle @${color} {`)[0]).toBe("log_skip");
	});

	it("names the color first to which a request of a trial is sent, also where it takes the place of the other", () => {
		const text = renderCaddyfile(SITE, TABLES, { sticky: true, counted: true });
		expect(block(text, "handle @to_green {")[0]).toBe("log_append <color green");
		expect(block(text, "handle @lost_green {")[0]).toBe("log_append <color blue");
		expect(block(text, "handle @lost_blue {")[0]).toBe("log_append <color green");
	});

	it("keeps what says who asked, and for what exactly, out of it", () => {
		const text = renderCaddyfile(SITE, TABLES, { sticky: true, counted: true });
		for (const field of ["request", "resp_headers", "user_id"]) expect(text).toContain(`${field} delete`);
		expect(text).not.toMatch(/log_append.*(query|uri\}|header|remote|client)/);
	});
});

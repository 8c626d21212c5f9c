import { describe, expect, test } from "vitest";
import type { PlannedService } from "../../../components/plan/types";
import { renderCaddyfile, type Site } from "../../../components/proxy/caddyfile";
import { type RouteTables, routesOf, upstreamsByColor } from "../../../components/proxy/color-routes";

const SITE: Site = { httpPort: 8080, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 };

const TABLES: RouteTables = {
	blue: [
		{ prefix: "/api/v2", upstreams: ["shop-blue-api-1:4000"] },
		{ prefix: "/", upstreams: ["shop-blue-web-1:3000", "shop-blue-web-2:3000"] },
	],
	green: [{ prefix: "/", upstreams: ["shop-green-web-1:3000"] }],
};

test("a whole Caddyfile", () => {
	expect(renderCaddyfile(SITE, TABLES)).toMatchInlineSnapshot(`
		"# Rendered from the stack's settings. Edits are found by \`pulumi refresh\` and put right by \`pulumi up\`.
		{
			admin 127.0.0.1:2019
			auto_https off
			persist_config off
			grace_period 30s
			servers unix/@after-the-hold {
				trusted_proxies_unix
			}
		}

		(upstream) {
			lb_policy least_conn
			lb_try_duration {args[0]}
			lb_try_interval {args[1]}
			lb_retries 64
			fail_duration 2s
			stream_close_delay 30s
			transport http {
				dial_timeout 1s
				keepalive 1s
				keepalive_idle_conns_per_host 1024
			}
		}

		(blue) {
			header >X-Color blue
			@blue_api_v2_2f6170692f7632 path /api/v2 /api/v2/*
			handle @blue_api_v2_2f6170692f7632 {
				reverse_proxy @request shop-blue-api-1:4000 {
					import upstream {args[0]} {args[1]}
				}
				reverse_proxy shop-blue-api-1.:4000 {
					import upstream {args[0]} {args[1]}
				}
			}
			handle {
				reverse_proxy @request shop-blue-web-1:3000 shop-blue-web-2:3000 {
					import upstream {args[0]} {args[1]}
				}
				reverse_proxy shop-blue-web-1.:3000 shop-blue-web-2.:3000 {
					import upstream {args[0]} {args[1]}
				}
			}
		}

		(green) {
			header >X-Color green
			handle {
				reverse_proxy @request shop-green-web-1:3000 {
					import upstream {args[0]} {args[1]}
				}
				reverse_proxy shop-green-web-1.:3000 {
					import upstream {args[0]} {args[1]}
				}
			}
		}

		(traffic) {
			# Everything but WebSockets and event streams.
			@request {
				not header Upgrade *
				not header Accept text/event-stream*
			}
			# Read once, whichever color it says.
			vars switch {file./switch/green_below}
			@blue vars switch 0
			handle @blue {
				import blue 5s 100ms
			}
			@green vars switch g
			handle @green {
				import green 5s 100ms
			}
			handle {
				# Maintenance: nobody is passed on. What is in flight ends as it would have.
				@maintenance vars_regexp {file./switch/green_below} -maintenance(-held-until-\\d+)?$
				handle @maintenance {
					header Retry-After 5
					header Cache-Control no-store
					@json {
						header Accept *json*
						not header Accept *text/html*
					}
					handle @json {
						header Content-Type application/json
						respond \`{"error":"maintenance","retryAfterSeconds":5}\` 503
					}
					handle {
						header Content-Type "text/html; charset=utf-8"
						respond {file./config/blue-green/pages/maintenance.html} 503
					}
				}
				# Held until a time that stands in the switch file; from then on it is read as if it did not.
				map {file./switch/green_below} {held_until} {held_for} {
					~-held-until-(\\d+)$ $1 @held
					default 0 @after-the-hold
				}
				@held expression \`{held_until} > {time.now.unix}\`
				handle @held {
					vars held yes
					reverse_proxy unix/{held_for} {
						lb_try_duration 31000ms
						lb_try_interval 250ms
						stream_close_delay 30s
						# A small body is read, or Caddy would not see that its client has given up.
						request_buffers 64KiB
						header_up -Via
						header_down -Via
					}
				}
				handle {
					# On trial: which color, and what the cookies of its visitors and of the others say.
					map {http.request.scheme} {trial_secure} {
						https "; Secure"
						default ""
					}
					map {file./switch/green_below} {trial_to} {trial_blue} {trial_green} {
						~-to-(blue|green)-([a-z0-9]{16})([a-z0-9]{16}) $1 $2 $3
						default - - -
					}
					route {
						# Shared: a request belongs to green when its random id sorts before the value in the switch file.
						vars green_below {file./switch/green_below}
						@by_chance expression \`{http.request.uuid} < {http.vars.green_below}\`
						vars @by_chance shared_color green
						@was_blue vars {http.request.cookie.blue-green} {trial_blue}
						vars @was_blue shared_color blue
						@was_green vars {http.request.cookie.blue-green} {trial_green}
						vars @was_green shared_color green
						@new_blue {
							not vars {trial_to} -
							not vars {http.request.cookie.blue-green} {trial_blue} {trial_green}
							not vars shared_color green
						}
						header @new_blue {
							+Set-Cookie "blue-green={trial_blue}; Path=/; HttpOnly; SameSite=Lax{trial_secure}"
							defer
						}
						@new_green {
							not vars {trial_to} -
							not vars {http.request.cookie.blue-green} {trial_blue} {trial_green}
							vars shared_color green
						}
						header @new_green {
							+Set-Cookie "blue-green={trial_green}; Path=/; HttpOnly; SameSite=Lax{trial_secure}"
							defer
						}
						@to_green vars shared_color green
						handle @to_green {
							import green 0s 0s
						}
						handle {
							vars shared_color blue
							import blue 0s 0s
						}
					}
				}
			}
			handle_errors 502 503 504 {
				@held vars {http.vars.held} yes
				handle @held {
					header Retry-After 5
					header Cache-Control no-store
					@json {
						header Accept *json*
						not header Accept *text/html*
					}
					handle @json {
						header Content-Type application/json
						respond \`{"error":"maintenance","retryAfterSeconds":5}\` 503
					}
					handle {
						header Content-Type "text/html; charset=utf-8"
						respond {file./config/blue-green/pages/held.html} 503
					}
				}
				@lost_blue {
					vars shared_color blue
					expression \`{http.error.message}.startsWith("dial ") || {http.error.message} == "no upstreams available"\`
				}
				handle @lost_blue {
					import green 5s 100ms
				}
				@lost_green {
					vars shared_color green
					expression \`{http.error.message}.startsWith("dial ") || {http.error.message} == "no upstreams available"\`
				}
				handle @lost_green {
					import blue 5s 100ms
				}
				handle {
					header Retry-After 5
					header Cache-Control no-store
					@json {
						header Accept *json*
						not header Accept *text/html*
					}
					handle @json {
						header Content-Type application/json
						respond \`{"error":"unavailable","status":{err.status_code},"retryAfterSeconds":5}\` {err.status_code}
					}
					handle {
						header Content-Type "text/html; charset=utf-8"
						respond {file./config/blue-green/pages/down.html} {err.status_code}
					}
				}
			}
		}

		(public) {
			request_header -X-Forwarded-*
			request_header -Forwarded
			request_header X-Real-IP {client_ip}
			import traffic
		}

		http://:8080 {
			import public
		}

		http:// {
			bind unix/@after-the-hold
			import traffic
		}
		"
	`);
});

describe("host names", () => {
	const hosts = ["shop.example.com", "*.shop.example.com"];

	test("are the addresses of the site, and any other host is refused", () => {
		const text = renderCaddyfile({ ...SITE, hosts }, TABLES);
		expect(text).toContain("\nhttp://shop.example.com:8080, http://*.shop.example.com:8080 {\n");
		expect(text).toContain('\nhttp://:8080 {\n\trespond "no such host" 421\n}\n');
	});

	test("are not needed: without them the site takes any", () => {
		const text = renderCaddyfile(SITE, TABLES);
		expect(text).toContain("\nhttp://:8080 {\n");
		expect(text).not.toContain("421");
	});
});

test("the header that names the color can be left out", () => {
	expect(renderCaddyfile(SITE, TABLES).match(/header >X-Color (blue|green)$/gm)).toHaveLength(2);
	expect(renderCaddyfile({ ...SITE, colorHeader: false }, TABLES)).not.toContain("header >");
});

test("a color that routes nothing answers 404, and so does a path that no route takes", () => {
	const none = renderCaddyfile(SITE, { blue: [], green: [] });
	expect(none.match(/respond 404/g)).toHaveLength(2);
	const api = [{ prefix: "/api", upstreams: ["a:1"] }];
	expect(renderCaddyfile(SITE, { blue: api, green: TABLES.green }).match(/respond 404/g)).toHaveLength(1);
});

test("prefixes that differ in punctuation only have matchers of their own", () => {
	const prefixes = ["/a-b", "/a_b", "/a.b", "/a/b", "/A-b"];
	const routes = prefixes.map((prefix) => ({ prefix, upstreams: ["a:1"] }));
	const text = renderCaddyfile(SITE, { blue: routes, green: [] });
	const names = [...text.matchAll(/^\t(@blue\S+) path /gm)].map(([, name]) => name);
	expect(new Set(names).size).toBe(prefixes.length);
});

describe("routes", () => {
	const service = (name: string, route?: string, port = true): PlannedService => ({
		name,
		image: name,
		readiness: {},
		env: {},
		secrets: [],
		secretsAs: "env",
		resources: {},
		onlyWhenActive: false,
		stopGraceMs: 0,
		replicaCount: 1,
		declared: true,
		...(route !== undefined && { route }),
		replicas: [port ? { container: name, upstream: `${name}:1` } : { container: name }],
	});

	test("come with the longest prefix first, whatever the order of the services", () => {
		const services = [service("c", "/"), service("b", "/b"), service("a", "/a"), service("ab", "/a/b")];
		const prefixes = ["/a/b", "/a", "/b", "/"];
		expect(routesOf(services).map(({ prefix }) => prefix)).toEqual(prefixes);
		expect(routesOf([...services].reverse()).map(({ prefix }) => prefix)).toEqual(prefixes);
	});

	test("leave out what has no route or no port", () => {
		expect(routesOf([service("internal"), service("worker", "/worker", false)])).toEqual([]);
	});

	test("give the upstreams to count requests on, each once", () => {
		const shared = {
			blue: [...TABLES.blue, { prefix: "/x", upstreams: ["shop-blue-api-1:4000"] }],
			green: [],
		};
		expect(upstreamsByColor(shared)).toEqual({
			blue: ["shop-blue-api-1:4000", "shop-blue-web-1:3000", "shop-blue-web-2:3000"],
			green: [],
		});
	});
});

describe("requests that wait", () => {
	const lines = renderCaddyfile(SITE, TABLES).split("\n");
	const at = (text: string) => lines.findIndex((line) => line.includes(text));

	test("cost the others nothing: the two colors are asked for first, by plain comparisons", () => {
		const traffic = lines.slice(at("(traffic) {") + 1, at("# Maintenance"));
		expect(traffic.map((line) => line.trim())).toEqual([
			"# Everything but WebSockets and event streams.",
			"@request {",
			"not header Upgrade *",
			"not header Accept text/event-stream*",
			"}",
			"# Read once, whichever color it says.",
			"vars switch {file./switch/green_below}",
			"@blue vars switch 0",
			"handle @blue {",
			"import blue 5s 100ms",
			"}",
			"@green vars switch g",
			"handle @green {",
			"import green 5s 100ms",
			"}",
			"handle {",
		]);
	});

	test("do not wait in maintenance: they get its page at once", () => {
		expect(at("handle @maintenance {")).toBeGreaterThan(at("handle @green {"));
		expect(at("handle @maintenance {")).toBeLessThan(at("handle @held {"));
	});

	test("come before a shared value, which a held one would be taken for", () => {
		expect(at("handle @held {")).toBeGreaterThan(at("handle @green {"));
		expect(at("handle @held {")).toBeLessThan(at("@by_chance expression"));
	});

	test("come back by a socket of Caddy's own, not by an address", () => {
		const text = renderCaddyfile({ ...SITE, hosts: ["shop.example.com"] }, TABLES);
		expect(text).toContain("\nhttp:// {\n\tbind unix/@after-the-hold\n\timport traffic\n}\n");
		expect(text.match(/import traffic/g)).toHaveLength(2);
	});

	test("wait a second longer than the hold, which its watchdog ends", () => {
		expect(renderCaddyfile({ ...SITE, holdForMs: 12_000 }, TABLES)).toContain("lb_try_duration 13000ms");
	});
});

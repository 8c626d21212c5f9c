import { request } from "node:http";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CADDYFILE, PREVIEW_TOKEN_FILE, SWITCH_FILE } from "../../components/proxy/paths";
import { projectFolder } from "../../scripts/lib/environment";
import { engine, inContainer } from "./support/docker";
import { leaks } from "./support/leaks";
import { look, mirrorStack, release, type Seen } from "./support/mirror";
import { assertSucceeded, freePort, type TestStack, type UpOutcome } from "./support/stack";

/** One stack's life, in order: each test begins where the one before it ended. */
describe("the color that does not serve, before visitors come to it", () => {
	let shop: TestStack;
	let port: number;
	let token: string;
	/** All that was printed. */
	const printed: Record<string, string> = {};

	const up = async (what: string): Promise<UpOutcome> => {
		const outcome = await shop.up();
		printed[what] = outcome.text;
		return outcome;
	};
	const pulumi = (...args: string[]) =>
		execa("pulumi", [...args, "--stack", shop.name, "--non-interactive"], {
			cwd: projectFolder,
			env: shop.stack.workspace.envVars,
		});
	const inProxy = (...command: string[]) => inContainer(shop.container("proxy"), ...command);
	const write = (path: string, text: string) => inProxy("sh", "-c", `printf %s "$1" >"$2"`, "sh", text, path);
	/** All of it, line by line and uncut. */
	const proxyLog = async () => {
		const raw = await engine.api.getContainer(shop.container("proxy")).logs({ stdout: true, stderr: true });
		return raw.toString("utf8");
	};

	beforeAll(async () => {
		port = await freePort();
		shop = await mirrorStack("preview-stack", { preview: { port, host: "look.example.com" } });
		assertSucceeded(await up("first up"));
		token = String((await shop.outputs()).previewToken);
	});
	afterAll(() => shop?.dispose());

	it("is not there before it has a release, and that is said in a sentence", async () => {
		const response = await fetch(shop.url, { headers: { "X-Preview": token } });
		expect(response.status).toBe(503);
		expect(await response.text()).toBe(
			"Nothing to preview: the standby color has no release, or does not answer.",
		);
		expect(await proxyLog()).not.toContain(token);
		expect(await look(shop.url)).toMatchObject({ color: "blue", version: "1.0.0" });
	});

	it("is reached by the header and by the cookie, and neither reaches the application", async () => {
		release(shop, "green", "2.0.0");
		assertSucceeded(await up("green on standby"));
		expect(token).toMatch(/^[A-Za-z0-9]{48}$/);
		const green = { status: 200, color: "green", version: "2.0.0", preview: "" };
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ ...green, cookie: "" });
		expect(await look(shop.url, { Cookie: `preview=${token}` })).toMatchObject({ ...green, cookie: "" });
		const cookies = {
			"a=1; preview=<token>; b=2": "a=1; b=2",
			"preview=<token>; b=2": "b=2",
			"a=1;preview=<token>": "a=1",
		};
		for (const [sent, arrives] of Object.entries(cookies)) {
			const seen = await look(shop.url, { Cookie: sent.replace("<token>", token) });
			expect(seen, sent).toMatchObject({ ...green, cookie: arrives });
		}
		const other = await look(shop.url, { "X-Preview": token, Cookie: "a=1; mypreview=2" });
		expect(other).toMatchObject({ ...green, cookie: "a=1; mypreview=2" });
		expect(other.headers.get("x-color")).toBe("green");
		expect(other.headers.get("x-robots-tag")).toBe("noindex");
		expect(await look(shop.url)).toMatchObject({ color: "blue" });
	});

	it("is not reached by a guess, which looks like any other request", async () => {
		const everybody = plainly(await look(shop.url));
		expect(everybody).toMatchObject({ status: 200, color: "blue", preview: "", cookie: "" });
		const guesses = [
			"",
			"x",
			token.slice(1),
			`${token}x`,
			token.toLowerCase(),
			`{file.${PREVIEW_TOKEN_FILE}}`,
			"{http.request.header.X-Preview}",
			"*",
		];
		for (const guess of guesses) {
			expect(plainly(await look(shop.url, { "X-Preview": guess })), guess).toEqual(everybody);
			expect(plainly(await look(shop.url, { Cookie: `preview=${guess}` })), guess).toEqual(everybody);
		}
		// Two of them, of which one is right, are none.
		expect(await twice(shop, token)).toEqual({ color: "blue", preview: "" });
		expect(await proxyLog()).not.toContain(token);
	});

	it("is not reached by an empty token where the file with the token is empty or gone", async () => {
		try {
			for (const damage of [`: >${PREVIEW_TOKEN_FILE}`, `rm ${PREVIEW_TOKEN_FILE}`]) {
				await inProxy("sh", "-c", damage);
				for (const headers of [
					{ "X-Preview": "" },
					{ Cookie: "preview=" },
					{ Cookie: "xpreview=1" },
					{},
					{ "X-Preview": token },
				])
					expect((await look(shop.url, headers)).color, `${damage} ${JSON.stringify(headers)}`).toBe("blue");
			}
		} finally {
			await write(PREVIEW_TOKEN_FILE, token);
		}
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ color: "green" });
	});

	it("is reached by a port of this machine's loopback and by a host name, without a token", async () => {
		const seen = await look(`http://127.0.0.1:${port}`, { "X-Preview": "x", Cookie: "preview=y; a=1" });
		expect(seen).toMatchObject({ color: "green", preview: "", cookie: "a=1" });
		const published = await engine.api.listContainers({ filters: { name: [shop.container("proxy")] } });
		const ports = published.flatMap(({ Ports }) =>
			Ports.filter(({ PublicPort }) => PublicPort !== undefined),
		);
		expect(ports.map(({ IP, PublicPort }) => `${IP}:${PublicPort}`).sort()).toEqual(
			[`127.0.0.1:${port}`, `127.0.0.1:${shop.port}`].sort(),
		);
		expect(await byHost(shop, "look.example.com")).toMatchObject({ color: "green" });
		expect(await byHost(shop, "shop.example.com")).toMatchObject({ color: "blue" });
	});

	it("is reached while requests wait, on a trial and in maintenance", async () => {
		const soon = Math.ceil(Date.now() / 1_000) + 30;
		const values = {
			[`0-held-until-${soon}`]: "green",
			[`g-held-until-${soon}`]: "blue",
			"4000-to-green-a1": "green",
			"c000-to-blue-a1": "blue",
			"g-to-green-a1": "green",
			"0-maintenance": "green",
			"g-maintenance": "blue",
		};
		try {
			for (const [value, color] of Object.entries(values)) {
				await write(SWITCH_FILE, value);
				expect((await look(shop.url, { "X-Preview": token })).color, value).toBe(color);
				expect((await look(`http://127.0.0.1:${port}`)).color, value).toBe(color);
			}
		} finally {
			await write(SWITCH_FILE, "0");
		}
	});

	it("has to pass the stack's checks first: one that fails leaves traffic where it is", async () => {
		shop.configure("checks", [
			{ path: "/" },
			{ name: "an order", path: "/fails", method: "POST" },
			{ path: "/never" },
		]);
		await shop.set("activeColor", "green");
		const outcome = await up("up with a check that fails before the switch");
		expect(outcome.failed).toBe(true);
		expect(outcome.text).toContain(
			`green 2.0.0 did not pass before the switch: check "an order": POST ${shop.url}/fails through the preview answered 500 in `,
		);
		expect(outcome.text).toContain("(wanted 2xx): no such column: note");
		expect(outcome.text).toContain(`${shop.container("green-mirror-1")}, its last log lines:`);
		expect(outcome.text).toContain("Traffic was not moved: blue keeps serving.");
		expect(outcome.text).toContain("pulumi config set activeColor blue && pulumi up");
		expect(await inProxy("cat", SWITCH_FILE)).toBe("0");
		expect(await look(shop.url)).toMatchObject({ color: "blue", version: "1.0.0" });
		expect(await shop.outputs()).toMatchObject({ activeColor: "blue" });
	});

	it("goes back where a check fails through the public side", async () => {
		shop.configure("checks", [
			{
				name: "only in the preview",
				command: ["sh", "-c", 'echo "asked $URL"; [ -n "$PREVIEW_TOKEN" ]'],
			},
		]);
		const outcome = await up("up with a check that fails after the switch");
		expect(outcome.failed).toBe(true);
		expect(outcome.text).toContain("1 check passed through the preview in ");
		expect(outcome.text).toContain("traffic: green 2.0.0");
		expect(outcome.text).toContain(
			'green 2.0.0 did not pass the verification through the proxy: check "only in the preview": sh -c',
		);
		expect(outcome.text).toContain(`    asked ${shop.url}\n`);
		expect(outcome.text).toMatch(/Traffic was moved back to blue in \d+ ms; blue serves\./);
		expect(await look(shop.url)).toMatchObject({ color: "blue" });
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ color: "green" });
	});

	it("serves once requests, a command here and one in its container have passed, twice", async () => {
		const asks =
			'wget -q -O - --header "$PREVIEW_HEADER: $PREVIEW_TOKEN" "$URL" | grep -q "\\"$COLOR\\", \\"$VERSION\\", \\"\\", \\"\\""';
		shop.configure("checks", [
			{
				path: "/",
				json: { path: "$[0]", equals: "green" },
				headers: { "x-color": "green" },
				within: "3s",
				times: 5,
			},
			{ path: "/version", body: "2.0.0" },
			{ path: "/fails", status: 500, body: "no such column" },
			{
				name: "here",
				command: ["node", "-e", FETCH],
			},
			{ name: "in its container", command: ["sh", "-c", asks], in: "mirror", deadline: "10s" },
		]);
		const outcome = await up("up with checks that pass");
		assertSucceeded(outcome);
		expect(outcome.text).toContain("5 checks passed through the preview in ");
		expect(outcome.text).toContain("5 checks passed through the public side in ");
		expect(await look(shop.url)).toMatchObject({ color: "green", version: "2.0.0" });
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ color: "blue", version: "1.0.0" });
		const { lastCutover } = (await shop.outputs()) as { lastCutover: { stages: { name: string }[] } };
		expect(lastCutover.stages.map(({ name }) => name)).toContain("preview");
	});

	it("has another token when its resource is replaced, without a reload; a refresh finds a file that was changed", async () => {
		const urn = /urn:pulumi:\S+preview-token/.exec((await pulumi("stack", "--show-urns")).stdout)?.[0] ?? "";
		await pulumi("state", "taint", urn, "--yes");
		const outcome = await up("another token");
		assertSucceeded(outcome);
		expect(outcome.text).not.toContain("new Caddyfile");
		const former = token;
		token = String((await shop.outputs()).previewToken);
		expect(token).not.toBe(former);
		expect(await look(shop.url, { "X-Preview": former })).toMatchObject({ color: "green" });
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ color: "blue" });

		await write(PREVIEW_TOKEN_FILE, "changed by hand");
		assertSucceeded(await shop.refresh());
		assertSucceeded(await up("the right token again"));
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ color: "blue" });
	});

	it("has a token that stands nowhere in plain text but in the file that Caddy compares", async () => {
		printed.preview = await shop.preview();
		const { stdout: exported } = await pulumi("stack", "export");
		const { stdout: outputs } = await pulumi("stack", "output", "--json");
		expect(JSON.parse(outputs)).toMatchObject({ previewToken: "[secret]" });
		const inspected = await Promise.all(
			(await engine.api.listContainers({ filters: { name: [shop.prefix] } })).map(({ Id }) =>
				engine.api.getContainer(Id).inspect(),
			),
		);
		const places = {
			...printed,
			...(await shop.stateFiles()),
			exported,
			outputs,
			inspected: JSON.stringify(inspected),
			caddyfile: await inProxy("cat", CADDYFILE),
			configuration: await inProxy("wget", "-q", "-O", "-", "http://127.0.0.1:2019/config/"),
			"Caddy's log": await proxyLog(),
		};
		expect(places.caddyfile).toContain(PREVIEW_TOKEN_FILE);
		expect(leaks(places, { token })).toEqual([]);
		const files = await inProxy("sh", "-c", `grep -rl ${token} /config /data /switch /etc/caddy`);
		expect(files.trim()).toBe(PREVIEW_TOKEN_FILE);
	});

	it("is not reached at all where the preview is off, and its token is gone", async () => {
		shop.configure("checks", []);
		await shop.set("proxy.preview.enabled", "false");
		assertSucceeded(await up("preview off"));
		expect(await look(shop.url, { "X-Preview": token })).toMatchObject({ color: "green", preview: token });
		expect(await byHost(shop, "look.example.com")).toMatchObject({ color: "green" });
		await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
		expect(await shop.outputs()).not.toHaveProperty("previewToken");
		expect(await inProxy("cat", CADDYFILE)).not.toMatch(/X-Preview|preview-token/);
		const { stdout } = await pulumi("stack", "--show-urns");
		expect(stdout).not.toContain("preview-token");
	});
});

/** A check in the user's own language: the new color, whichever way. */
const FETCH = `
const { URL: url, PREVIEW_HEADER: header, PREVIEW_TOKEN: token, COLOR, VERSION } = process.env;
fetch(url, { headers: { [header]: token } })
	.then((response) => response.json())
	.then(([color, version, preview]) => process.exit(color === COLOR && version === VERSION && preview === "" ? 0 : 1));
`;

/** What anybody can see of an answer. */
function plainly({ headers, ...seen }: Seen): object {
	const { date: _, ...rest } = Object.fromEntries(headers);
	return { ...seen, headers: rest };
}

/** A request that fetch would not send: the header stands in it twice. */
function twice(shop: TestStack, token: string): Promise<object> {
	return raw(shop, { "X-Preview": [token, "x"] });
}

function byHost(shop: TestStack, host: string): Promise<object> {
	return raw(shop, { Host: host });
}

function raw(shop: TestStack, headers: Record<string, string | string[]>): Promise<object> {
	return new Promise((resolve, reject) => {
		const asking = request(shop.url, { headers }, (response) => {
			let text = "";
			response.on("data", (chunk) => (text += chunk));
			response.on("end", () => {
				const [color, , preview] = JSON.parse(text) as string[];
				resolve({ color, preview });
			});
		});
		asking.on("error", reject);
		asking.end();
	});
}

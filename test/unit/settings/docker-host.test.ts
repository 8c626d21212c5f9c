import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { readHost } from "../../../components/docker-host";
import { visitedAt } from "../../../components/proxy/site";
import { sshHost } from "../../../components/settings/docker-host";
import { load, problemsText, SMALL } from "./configuration";

const SOCKET = "/var/run/docker.sock";

test.for([
	["ssh://shop", { name: "shop", socket: SOCKET }],
	["ssh://deploy@shop.example.com", { user: "deploy", name: "shop.example.com", socket: SOCKET }],
	["ssh://deploy@10.0.0.7:2222", { user: "deploy", name: "10.0.0.7", port: 2222, socket: SOCKET }],
	["ssh://[2001:db8::7]:2222", { name: "2001:db8::7", port: 2222, socket: SOCKET }],
	[
		"ssh://deploy@shop/run/user/1000/docker.sock",
		{ user: "deploy", name: "shop", socket: "/run/user/1000/docker.sock" },
	],
] as const)("%s", async ([host, parts]) => {
	expect(sshHost(host)).toEqual(parts);
	await expect(load({ ...SMALL, host })).resolves.toBeDefined();
});

test.for([
	["a password", "ssh://deploy:hush@shop"],
	["an option of ssh instead of a name", "ssh://-oProxyCommand=reboot"],
	["a user that is an option", "ssh://-l@shop"],
	["what a shell would run", "ssh://shop/run/$(reboot).sock"],
	["a port that there is not", "ssh://shop:70000"],
	["no name", "ssh://"],
	["another scheme", "tcp://shop:2376"],
	["a bare name", "shop"],
] as const)("%s is refused", async ([, host]) => {
	expect(sshHost(host)).toBeUndefined();
	const text = await problemsText({ ...SMALL, host });
	expect(text).toContain("  host: ");
	expect(text).toContain("Allowed: ssh://host, ssh://user@host:port");
	expect(text).toContain("pulumi config set host ssh://deploy@shop.example.com");
});

test("a socket of this machine", async () => {
	await expect(load({ ...SMALL, host: "unix:///run/user/1000/docker.sock" })).resolves.toBeDefined();
});

test("visitors of a remote host come to its name, except where only the host itself can", () => {
	const everywhere = { bindAddress: "0.0.0.0" };
	expect(visitedAt(everywhere, "ssh://deploy@shop.example.com")).toBe("shop.example.com");
	expect(visitedAt({ bindAddress: "127.0.0.1" }, "ssh://deploy@shop.example.com")).toBe("127.0.0.1");
	expect(visitedAt({ bindAddress: "192.0.2.7" }, "ssh://deploy@shop.example.com")).toBe("192.0.2.7");
	expect(visitedAt(everywhere, undefined)).toBe("127.0.0.1");
	expect(visitedAt(everywhere, "unix:///run/docker.sock")).toBe("127.0.0.1");
});

test("a password that somebody has put there is not shown", async () => {
	const { runtime } = pulumi;
	await runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "shop", "prod");
	runtime.setAllConfig({ "shop:host": "ssh://deploy:hush@shop" });
	expect(readHost).toThrow("host: ");
	expect(readHost).not.toThrow("hush");
	runtime.setAllConfig({ "shop:host": "ssh://deploy@shop" });
	expect(readHost()).toBe("ssh://deploy@shop");
	runtime.setAllConfig({ "shop:host": "" });
	expect(readHost()).toBeUndefined();
	runtime.setAllConfig({});
	expect(readHost()).toBeUndefined();
});

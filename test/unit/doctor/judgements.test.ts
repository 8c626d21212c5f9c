import { describe, expect, test } from "vitest";
import { type Finding, worstOf } from "../../../components/doctor/finding";
import { judgeClock } from "../../../scripts/doctor/judge/clock";
import { judgeEngine } from "../../../scripts/doctor/judge/engine";
import { judgeNames } from "../../../scripts/doctor/judge/names";
import { judgePorts } from "../../../scripts/doctor/judge/ports";
import { judgeSettings } from "../../../scripts/doctor/judge/settings";
import { judgeLocks, judgePending } from "../../../scripts/doctor/judge/state";
import { judgeCli, judgePackages, judgePlugins } from "../../../scripts/doctor/judge/tools";

const shown = ({ check, grade, text, next }: Finding): string =>
	`${grade} ${check}: ${text}${next === undefined ? "" : ` [${next}]`}`;
const why = "no answer within 5.0 s";

describe("the Engine", () => {
	const HERE = "unix:///var/run/docker.sock";
	const judged = (version: string) =>
		shown(judgeEngine({ known: { version, apiVersion: "1.41" } }, HERE, "20.10.0"));

	test("is new enough, whatever Debian calls it", () => {
		expect(judged("20.10.24+dfsg1")).toBe(`ok engine: Docker Engine 20.10.24+dfsg1 (API 1.41) at ${HERE}`);
	});

	test("is too old, or says nothing that can be compared", () => {
		expect(judged("19.3.15")).toBe(
			`problem engine: Docker Engine 19.3.15 (API 1.41) at ${HERE}; 20.10.0 or newer is needed [upgrade it: https://docs.docker.com/engine/install/]`,
		);
		expect(judged("library-import")).toBe(
			`unknown engine: Docker Engine library-import (API 1.41) at ${HERE}: whether that is 20.10.0 or newer cannot be told`,
		);
	});

	test.for([
		[HERE, `connect ENOENT ${HERE}`, "sudo systemctl start docker; where none is installed: scripts/setup"],
		[HERE, `connect EACCES ${HERE}`, "sudo usermod -aG docker $USER, then log in again"],
		["ssh://deploy@shop.example.com", why, "docker --host ssh://deploy@shop.example.com version"],
	] as const)("does not answer at %s: %s", ([where, reason, next]) => {
		expect(shown(judgeEngine({ why: reason }, where, "20.10.0"))).toBe(
			`problem engine: no Docker Engine answers at ${where}: ${reason} [${next}]`,
		);
	});
});

describe("the tools", () => {
	const SET_UP = '[scripts/setup, then: eval "$(scripts/env)"]';

	test("the CLI is new enough, too old, or not there", () => {
		expect(shown(judgeCli({ known: "v3.256.0\n" }, "3.256.0"))).toBe("ok pulumi: Pulumi CLI 3.256.0");
		expect(shown(judgeCli({ known: "v3.99.0" }, "3.256.0"))).toBe(
			`problem pulumi: Pulumi CLI 3.99.0; 3.256.0 or newer is needed ${SET_UP}`,
		);
		expect(shown(judgeCli({ why: "could not run:\n  ENOENT" }, "3.256.0"))).toBe(
			`problem pulumi: no Pulumi CLI answers: could not run: ENOENT ${SET_UP}`,
		);
	});

	const WANTED = [
		["docker", "5.2.0"],
		["random", "4.21.2"],
	] as const;
	const plugin = (name: string, version: string, kind = "resource") => ({ name, version, kind });
	const plugins = (...installed: ReturnType<typeof plugin>[]) =>
		judgePlugins({ known: installed }, WANTED).map(shown);

	test("the plugins are there, other versions beside them or not", () => {
		expect(plugins(plugin("docker", "5.1.0"), plugin("docker", "5.2.0"), plugin("random", "4.21.2"))).toEqual(
			["ok plugins: docker 5.2.0, random 4.21.2"],
		);
	});

	test("a plugin is missing, or there in other versions only", () => {
		expect(plugins(plugin("docker", "5.1.0"), plugin("docker", "4.0.0"))).toEqual([
			"warning plugins: the docker plugin is installed as 5.1.0, 4.0.0; 5.2.0 is wanted, and the next `pulumi up` has to fetch it [pulumi plugin install resource docker 5.2.0]",
			"warning plugins: the random plugin is not installed; 4.21.2 is wanted, and the next `pulumi up` has to fetch it [pulumi plugin install resource random 4.21.2]",
		]);
	});

	test("a language of that name is no plugin of that name", () => {
		expect(plugins(plugin("docker", "5.2.0", "language"), plugin("random", "4.21.2"))).toHaveLength(1);
		expect(plugins(plugin("docker", "5.2.0", "language"), plugin("random", "4.21.2"))[0]).toMatch(/^warning/);
	});

	test("the plugins cannot be told", () => {
		expect(judgePlugins({ why }, WANTED).map(shown)).toEqual([
			`unknown plugins: which are installed cannot be told: ${why}`,
		]);
	});

	test("the packages are those of package.json, others, or not there", () => {
		const sdk = { name: "@pulumi/pulumi", wanted: "3.270.0" };
		const judged = (...packages: { name: string; wanted: string; installed?: string }[]) =>
			judgePackages({ known: packages }).map(shown);
		expect(judged({ ...sdk, installed: "3.270.0" })).toEqual(["ok packages: @pulumi/pulumi 3.270.0"]);
		expect(judged({ ...sdk, installed: "3.1.0" }, { name: "@pulumi/docker", wanted: "5.2.0" })).toEqual([
			"problem packages: @pulumi/pulumi is installed as 3.1.0; package.json wants 3.270.0 [npm ci]",
			"problem packages: @pulumi/docker is not installed; package.json wants 5.2.0 [npm ci]",
		]);
		expect(judgePackages({ why }).map(shown)).toEqual([
			`unknown packages: which are installed cannot be told: ${why}`,
		]);
	});
});

describe("settings and state", () => {
	test("the settings are right, wrong, or cannot be read", () => {
		expect(judgeSettings("prod", { known: { value: {} } }).map(shown)).toEqual([
			"ok settings: those of stack prod are as they should be",
		]);
		const problem = {
			path: ["services", "web", "port"],
			reason: '"http" is not allowed. Allowed: a number.',
			fix: ["pulumi config rm --path services.web", "pulumi config set --path services.web.port 3000"],
		};
		expect(judgeSettings("prod", { known: { problems: [problem] } }).map(shown)).toEqual([
			'problem settings: services.web.port: "http" is not allowed. Allowed: a number. [pulumi config rm --path services.web && pulumi config set --path services.web.port 3000]',
		]);
		expect(judgeSettings("prod", { why: "no stack\nnamed prod" }).map(shown)).toEqual([
			"problem settings: those of stack prod cannot be read: no stack named prod [pulumi stack ls]",
		]);
		expect(judgeSettings(undefined, { why: "no stack selected" }).map(shown)).toEqual([
			"problem settings: those of stack (selected) cannot be read: no stack selected [pulumi stack select]",
		]);
	});

	const NOW = Date.parse("2026-11-28T12:00:00Z");
	const holder = "process 4711 of ann on build-7";
	const locks = (lock: { alive?: boolean; sinceMs?: number }) =>
		judgeLocks({ known: [{ holder, sinceMs: NOW - 7_200_000, ...lock }] }, "prod", NOW).map(shown);

	test("nothing holds the stack", () => {
		expect(judgeLocks({ known: [] }, "prod", NOW).map(shown)).toEqual(["ok locks: nothing holds the stack"]);
	});

	test("something holds it that is gone, that works, or of which that cannot be seen", () => {
		expect(locks({ alive: false })).toEqual([
			`problem locks: a lock was left behind by ${holder}, for 2h, which is gone: no \`up\` can start [pulumi cancel --yes --stack prod]`,
		]);
		expect(locks({ alive: true })).toEqual([
			`warning locks: the stack is held by ${holder}, for 2h: no other \`up\` can start [wait until it has ended]`,
		]);
		expect(locks({})).toEqual([
			`warning locks: the stack is held by ${holder}, for 2h: no other \`up\` can start [where that is gone: pulumi cancel --yes --stack prod]`,
		]);
	});

	test("a backend that tells no time, and one whose locks cannot be seen", () => {
		const known = [{ holder: "an update that the backend tells of" }];
		expect(judgeLocks({ known }, "prod", NOW).map(shown)).toEqual([
			"warning locks: the stack is held by an update that the backend tells of: no other `up` can start [where that is gone: pulumi cancel --yes --stack prod]",
		]);
		expect(judgeLocks({ why }, "prod", NOW).map(shown)).toEqual([
			`unknown locks: those of the stack cannot be seen: ${why}`,
		]);
	});

	test("operations are pending, none are, or that cannot be seen", () => {
		const known = [
			{ type: "creating", name: "shop-prod-green-web-1" },
			{ type: "deleting", name: "shop-prod-blue-web-1" },
		];
		expect(shown(judgePending({ known }, "prod"))).toBe(
			"warning state: an interrupted `pulumi up` has left operations pending: creating shop-prod-green-web-1, deleting shop-prod-blue-web-1 [pulumi refresh --clear-pending-creates --stack prod]",
		);
		expect(shown(judgePending({ known: [] }, "prod"))).toBe("ok state: no operations are pending");
		expect(shown(judgePending({ why }, "prod"))).toBe(
			`unknown state: whether operations are pending cannot be seen: ${why}`,
		);
	});
});

describe("ports", () => {
	const seen = { wanted: ["127.0.0.1:8080", "127.0.0.1:5432"], own: ["127.0.0.1:8080"] };

	test("are free, or the stack's own", () => {
		expect(judgePorts({ known: { ...seen, taken: [] } }).map(shown)).toEqual([
			"ok ports: 127.0.0.1:8080 is the stack's own, 127.0.0.1:5432 is free",
		]);
	});

	test("are another program's", () => {
		const reason = "5432 is in use by another program on 127.0.0.1.";
		const path = ["databases", "main", "publishPort"];
		const taken = [{ path, reason, fix: ["pulumi config set --path databases.main.publishPort 5433"] }];
		expect(judgePorts({ known: { ...seen, taken } }).map(shown)).toEqual([
			"problem ports: databases.main.publishPort: 5432 is in use by another program on 127.0.0.1. [pulumi config set --path databases.main.publishPort 5433]",
		]);
	});

	test("of another machine are known as far as they are the stack's own", () => {
		expect(judgePorts({ known: seen }).map(shown)).toEqual([
			"unknown ports: whether 127.0.0.1:5432 are free cannot be seen from here: the Engine is on another machine [docker ps --format '{{.Names}} {{.Ports}}' shows those of containers]",
		]);
		expect(judgePorts({ known: { ...seen, own: seen.wanted } }).map(shown)).toEqual([
			"ok ports: 127.0.0.1:8080 is the stack's own, 127.0.0.1:5432 is the stack's own",
		]);
		expect(judgePorts({ why }).map(shown)).toEqual([`unknown ports: who has them cannot be seen: ${why}`]);
	});
});

describe("names", () => {
	const host = "shop.example.com";
	const judged = (addresses: string[], authority: "public" | "private" = "public") =>
		judgeNames([{ host, addresses: { known: addresses } }], authority).map(shown);

	test("are not looked up where no authority wants to find them", () => {
		expect(judgeNames([], undefined).map(shown)).toEqual([
			"ok dns: no certificate of an ACME authority is wanted, so no name is looked up",
		]);
	});

	test("have to be there", () => {
		expect(judgeNames([], "public").map(shown)).toEqual([
			"problem dns: tls.mode is acme, but no host is named to have a certificate for [pulumi config set --path 'proxy.hosts[0]' <host>]",
		]);
	});

	test("have a public address", () => {
		expect(judged(["203.0.113.7", "2001:db8::7"])).toEqual([
			"ok dns: shop.example.com has the address 203.0.113.7, 2001:db8::7",
		]);
	});

	test("have none", () => {
		expect(judged([])).toEqual([
			"problem dns: shop.example.com has no address: the ACME authority gives no certificate for it [set an A or AAAA record for it, then: dig +short shop.example.com]",
		]);
	});

	test.for([
		"127.0.0.1",
		"10.1.2.3",
		"192.168.1.1",
		"172.31.0.1",
		"100.64.0.1",
		"169.254.1.1",
		"::1",
		"fd00::1",
		"fe80::1",
	])("with the address %s are for a private authority only", (address) => {
		expect(judged(["203.0.113.7", address])).toEqual([
			`problem dns: shop.example.com has the address ${address}, which is not reached from the internet: the ACME authority gives no certificate [set its A or AAAA record to the public address of the host, then: dig +short shop.example.com]`,
		]);
		expect(judged([address], "private")).toEqual([`ok dns: shop.example.com has the address ${address}`]);
	});

	test("cannot be looked up", () => {
		expect(judgeNames([{ host, addresses: { why } }], "public").map(shown)).toEqual([
			`unknown dns: shop.example.com cannot be looked up: ${why} [dig shop.example.com]`,
		]);
	});
});

describe("clocks", () => {
	const SET = "[on the host: sudo timedatectl set-ntp true]";
	const judged = (engineMs: number, authorityMs?: number) =>
		shown(
			judgeClock({
				engineMs: { known: engineMs },
				...(authorityMs !== undefined && {
					authority: { name: "ca.example.com", aheadMs: { known: authorityMs } },
				}),
			}),
		);

	test("agree with this machine's", () => {
		expect(judged(17)).toBe("ok clock: the Engine's clock is 17 ms ahead of this machine's");
		expect(judged(-17)).toBe("ok clock: the Engine's clock is 17 ms behind this machine's");
	});

	test("do not", () => {
		expect(judged(-6_000)).toBe(`warning clock: the Engine's clock is 6.0 s behind this machine's ${SET}`);
	});

	test("are held against the authority's, which may show that this machine's is wrong too", () => {
		expect(judged(0, 800)).toBe("ok clock: the Engine's clock is 800 ms behind that of ca.example.com");
		expect(judged(0, -60_000)).toBe(
			`warning clock: the Engine's clock is 60.0 s ahead of that of ca.example.com ${SET}`,
		);
		expect(judged(0, 400_000)).toBe(
			`problem clock: the Engine's clock is 400.0 s behind that of ca.example.com: certificates are refused ${SET}`,
		);
		// Here it is this machine's that is wrong.
		expect(judged(60_000, 60_000)).toBe(
			`warning clock: the Engine's clock is 60.0 s ahead of this machine's ${SET}`,
		);
	});

	test("cannot be read, or not the authority's", () => {
		expect(shown(judgeClock({ engineMs: { why } }))).toBe(
			`unknown clock: the Engine's cannot be read: ${why}`,
		);
		const authority = { name: "ca.example.com", aheadMs: { why } };
		expect(shown(judgeClock({ engineMs: { known: 3 }, authority }))).toBe(
			`unknown clock: the Engine's clock is 3 ms ahead of this machine's; that of ca.example.com cannot be asked: ${why}`,
		);
		expect(shown(judgeClock({ engineMs: { known: 9_000 }, authority }))).toBe(
			`warning clock: the Engine's clock is 9.0 s ahead of this machine's ${SET}`,
		);
	});
});

test("the gravest of all grades", () => {
	const graded = (...grades: Finding["grade"][]) => worstOf(grades.map((grade) => ({ grade })));
	expect(graded()).toBe("ok");
	expect(graded("ok", "unknown")).toBe("unknown");
	expect(graded("unknown", "warning", "ok")).toBe("warning");
	expect(graded("warning", "problem", "unknown")).toBe("problem");
});

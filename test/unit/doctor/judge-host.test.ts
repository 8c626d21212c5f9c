import { describe, expect, test } from "vitest";
import type { Finding } from "../../../components/doctor/finding";
import { judgeHost, type SeenHost } from "../../../components/doctor/host";
import { warningText } from "../../../components/doctor/warn";
import { NOTHING_DEPLOYED } from "../../../components/plan/types";
import { GB, HOST, IMAGES, image, MB, needs } from "./host";

const PROXY = "caddy:2.11-alpine";

function judged(check: string, changes: Partial<SeenHost>, settings: object = {}, proxy = PROXY): string[] {
	return judgeHost(needs(settings), proxy, { ...HOST, ...changes })
		.filter((one) => one.check === check)
		.map(shown);
}

function shown({ grade, text, next }: Finding): string {
	return `${grade}: ${text}${next === undefined ? "" : ` [${next}]`}`;
}

const MAKE_ROOM = "[docker system df shows what takes it; docker image prune removes images without a name]";

test("a host on which all is well", () => {
	expect(judgeHost(needs(), PROXY, HOST).map((one) => `${one.check} ${shown(one)}`)).toEqual([
		"disk ok: 20.0 GB of 80.0 GB are free where Docker stores",
		"memory ok: both colors, databases and proxy may take 1.9 GB by their limits; the host has 8.0 GB; 6.0 GB are available",
		"images ok: 5 images are on the host, for amd64",
		"proxy ok: the proxy runs Caddy 2.11.9",
	]);
});

describe("the disk", () => {
	const disk = (freeBytes: number) => ({ known: { freeBytes, totalBytes: 80 * GB } });
	const images = { ...IMAGES, "shop-web:2.0.0": { known: undefined } };

	test("has too little for images, by the size of the other color's", () => {
		expect(judged("disk", { disk: disk(200 * MB), images })).toEqual([
			`problem: 200 MB of 80.0 GB are free where Docker stores; the images to come take about 300 MB: a release cannot fetch them ${MAKE_ROOM}`,
		]);
	});

	test("has little beside them: twice their size, packed and unpacked, and 1 GB", () => {
		expect(judged("disk", { disk: disk(1.59 * GB), images })).toEqual([
			`warning: 1.6 GB of 80.0 GB are free where Docker stores; the images to come take about 300 MB: 1.6 GB or more is wanted ${MAKE_ROOM}`,
		]);
		expect(judged("disk", { disk: disk(1.6 * GB), images })).toEqual([
			"ok: 1.6 GB of 80.0 GB are free where Docker stores; the images to come take about 300 MB",
		]);
	});

	test("is nearly full, though nothing is to come", () => {
		expect(judged("disk", { disk: disk(900 * MB) })).toEqual([
			`warning: 900 MB of 80.0 GB are free where Docker stores: 1.0 GB or more is wanted ${MAKE_ROOM}`,
		]);
	});

	test("an image to come that resembles none has no known size, which is said", () => {
		const unlike = { ...IMAGES, "postgres:17-alpine": { known: undefined } };
		expect(judged("disk", { images: unlike })).toEqual([
			"ok: 20.0 GB of 80.0 GB are free where Docker stores; of postgres:17-alpine the size is not known",
		]);
	});

	test("cannot be seen", () => {
		expect(judged("disk", { disk: { why: "no answer from Docker within 2000 ms" } })).toEqual([
			"unknown: the free space where Docker stores cannot be seen: no answer from Docker within 2000 ms",
		]);
	});
});

describe("memory", () => {
	const memory = (total: number, available: number) => ({
		known: { totalBytes: total, available: { known: available } },
	});
	const present = HOST.running;
	const used = (bytes: number) => ({
		known: {
			present: "known" in present ? present.known.present : [],
			usedBytes: { "shop-prod-blue-web-1": bytes, "shop-prod-blue-web-2": bytes / 2 },
		},
	});
	const less = (setting: string) => `[pulumi config set --path ${setting}.resources.memoryMb <less>]`;

	test("is less than all limits together", () => {
		expect(judged("memory", { memory: memory(1.5 * GB, GB) })).toEqual([
			`warning: both colors, databases and proxy may take 1.9 GB by their limits; the host has 1.5 GB: where all take what they may, the kernel ends something ${less("databases.main")}`,
		]);
	});

	test("that is available is less than what starts may take", () => {
		expect(judged("memory", { memory: memory(8 * GB, 500 * MB) })).toEqual([
			`warning: green web, green worker may take 671 MB; 500 MB are available ${less("services.web")}`,
		]);
	});

	test("that is available is less than the other color takes, so it will not do", () => {
		expect(judged("memory", { memory: memory(8 * GB, 300 * MB), running: used(200 * MB) })).toEqual([
			"problem: green web will take about 400 MB, by what the other color takes; 300 MB are available: the kernel will end something [docker stats --no-stream]",
		]);
	});

	test("of containers without a limit is guessed by the other color's, where that is known", () => {
		const settings = { services: { web: { port: 3000, route: "/", replicas: 2 } } };
		expect(judged("memory", { running: used(200 * MB) }, settings)).toEqual([
			"ok: both colors, databases and proxy may take 604 MB by their limits (without a limit: blue web, green web); the host has 8.0 GB; 6.0 GB are available",
		]);
		expect(judged("memory", {}, settings)).toEqual([
			"unknown: 6.0 GB are available, but what green web will take is not known: no limit is set [pulumi config set --path services.web.resources.memoryMb <MiB>]",
		]);
	});

	test("of what runs already is not counted again", () => {
		const settings = { activeColor: "blue", colors: { blue: { version: "1.0.0" } } };
		const running = {
			known: {
				present: [
					"shop-prod-blue-web-1",
					"shop-prod-blue-web-2",
					"shop-prod-blue-worker-1",
					"shop-prod-db-main",
					"shop-prod-proxy",
				],
			},
		};
		expect(judged("memory", { memory: memory(8 * GB, MB), running }, settings)).toEqual([
			"ok: both colors, databases and proxy may take 1.3 GB by their limits; the host has 8.0 GB; 1.0 MB are available",
		]);
	});

	test("cannot be seen, or not what is available, or not what runs", () => {
		expect(judged("memory", { memory: { why: "no answer" } })).toEqual([
			"unknown: the host's memory cannot be seen: no answer",
		]);
		const total = "both colors, databases and proxy may take 1.9 GB by their limits; the host has 8.0 GB";
		const blind = { known: { totalBytes: 8 * GB, available: { why: "the proxy does not run" } } };
		expect(judged("memory", { memory: blind })).toEqual([
			`unknown: ${total}; what is available cannot be seen: the proxy does not run`,
		]);
		expect(judged("memory", { running: { why: "no answer" } })).toEqual([
			`unknown: ${total}; what starts anew is not known: no answer`,
		]);
	});
});

describe("images", () => {
	test("for another processor", () => {
		const images = { ...IMAGES, "shop-web:2.0.0": image({ architecture: "arm64" }) };
		expect(judged("images", { images })).toEqual([
			"problem: shop-web:2.0.0 (green web) is for arm64, the host is amd64: its containers do not start [docker pull --platform linux/amd64 shop-web:2.0.0]",
		]);
	});

	test("of an Engine on ARM", () => {
		expect(judged("images", { kernel: { known: "aarch64" } })).toHaveLength(5);
		const arm = Object.fromEntries(
			Object.keys(IMAGES).map((name) => [name, image({ architecture: "arm64" })]),
		);
		expect(judged("images", { kernel: { known: "aarch64" }, images: arm })).toEqual([
			"ok: 5 images are on the host, for arm64",
		]);
	});

	test("that are not there yet are not well, but unknown", () => {
		const images = { ...IMAGES, "shop-worker:2.0.0": { known: undefined } };
		expect(judged("images", { images })).toEqual([
			"unknown: shop-worker:2.0.0 is not on the host yet: whether it can be had, and for amd64, shows when it is fetched [docker pull shop-worker:2.0.0]",
		]);
	});

	test("that cannot be seen, or a processor that nobody knows", () => {
		const images = { ...IMAGES, "shop-worker:2.0.0": { why: "Docker answered 500: no" } };
		expect(judged("images", { images })).toEqual([
			"unknown: shop-worker:2.0.0 (green worker) cannot be seen: Docker answered 500: no",
		]);
		expect(judged("images", { kernel: { why: "no answer" } })).toEqual([
			"unknown: the host's processor is not known: no answer",
		]);
		expect(judged("images", { kernel: { known: "mips64" } })).toEqual([
			"unknown: the host's processor is not known: the Engine calls it mips64, which is not known here",
		]);
	});
});

describe("the proxy's Caddy", () => {
	const OLD =
		"2.11.3 or newer is needed: before 2.11.2 its admin API forgets requests in flight to upstreams that a reload removed, so a drain would end too early [pulumi config set --path proxy.image caddy:2.11-alpine]";
	const unseen = { caddy: { why: "the proxy does not run" }, images: {} };

	test("that runs is too old", () => {
		expect(judged("proxy", { caddy: { known: "v2.10.2 h1:x" } })).toEqual([
			`problem: the proxy runs Caddy 2.10.2; ${OLD}`,
		]);
	});

	test("is what its image says where nothing runs", () => {
		const images = (caddyVersion: string) => ({ [PROXY]: image({ caddyVersion }) });
		expect(judged("proxy", { ...unseen, images: images("v2.11.4") })).toEqual([
			"ok: caddy:2.11-alpine is Caddy 2.11.4",
		]);
		expect(judged("proxy", { ...unseen, images: images("v2.11.2") })).toEqual([
			`problem: caddy:2.11-alpine is Caddy 2.11.2; ${OLD}`,
		]);
	});

	test("is what its tag says where the image is not there", () => {
		expect(judged("proxy", unseen, {}, "caddy:2.9.1-alpine")).toEqual([
			`problem: caddy:2.9.1-alpine is Caddy 2.9.1; ${OLD}`,
		]);
		expect(judged("proxy", unseen, {}, "registry.example.com/caddy:2.10")).toEqual([
			`problem: registry.example.com/caddy:2.10 is an older Caddy by its name; ${OLD}`,
		]);
	});

	test.for(["caddy:2", "caddy:2.11-alpine", "caddy:latest", "caddy", "our-proxy:1.2.3", "our-proxy:1.2"])(
		"cannot be told of %s where nothing runs",
		(name) => {
			expect(judged("proxy", unseen, {}, name)).toEqual([
				"unknown: which Caddy the proxy is cannot be told: the proxy does not run",
			]);
		},
	);

	test("prints no version", () => {
		expect(judged("proxy", { caddy: { known: "(devel)" }, images: {} })).toEqual([
			"unknown: which Caddy the proxy is cannot be told: `caddy version` prints no version there",
		]);
	});
});

describe("a preview", () => {
	const texts = (changes: Partial<SeenHost>) =>
		judgeHost(needs({}, NOTHING_DEPLOYED), PROXY, { ...HOST, ...changes }).flatMap(
			(one) => warningText(one) ?? [],
		);

	test("says nothing of what is well, nor of what cannot be seen", () => {
		expect(texts({})).toEqual([]);
		const why = "no answer";
		const blind = { kernel: { why }, disk: { why }, memory: { why }, images: {}, running: { why } };
		expect(texts({ ...blind, caddy: { why } })).toEqual([]);
	});

	test("warns, with what to do", () => {
		const images = { ...IMAGES, "shop-web:2.0.0": image({ architecture: "arm64" }) };
		expect(texts({ images })).toEqual([
			"images: shop-web:2.0.0 (green web) is for arm64, the host is amd64: its containers do not start\nNext: docker pull --platform linux/amd64 shop-web:2.0.0",
		]);
	});
});

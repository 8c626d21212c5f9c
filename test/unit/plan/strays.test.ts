import { describe, expect, test } from "vitest";
import type { HostContainer, StateResource } from "../../../components/plan/deployed";
import { inventoryText } from "../../../components/plan/inventory";
import { compare, type HostStack } from "../../../components/plan/strays";
import { inUseText, missingText, removalText, stateLostText } from "../../../components/plan/strays-text";

const CADDYFILE = "handle {\n\treverse_proxy p-blue-web-1:3000 p-blue-web-2:3000 {\n}}";

function container(name: string, changes: Partial<HostContainer> = {}): HostContainer {
	const role = name.includes("-db-") ? "database" : name.endsWith("-proxy") ? "proxy" : "service";
	const color = /-(blue|green)-/.exec(name)?.[1];
	const labels = {
		"blue-green.role": role,
		...(color && { "blue-green.color": color, "blue-green.version": "1.0.0" }),
	};
	return { id: `id-of-${name}`, name, status: "running", labels, published: [], ...changes };
}

const RUNS = ["p-proxy", "p-db-main", "p-blue-web-1", "p-blue-web-2", "p-blue-worker-1"];

function host(more: readonly HostContainer[] = [], changes: Partial<HostStack> = {}): HostStack {
	return {
		containers: [...RUNS.map((name) => container(name)), ...more],
		networks: [{ id: "n1", name: "p-app" }],
		switchValue: "0",
		caddyfile: CADDYFILE,
		...changes,
	};
}

function state(names: readonly string[] = RUNS, networks: readonly string[] = ["n1"]) {
	const urn = (type: string, name: string) => `urn:pulumi:prod::shop::${type}::${name}`;
	const CONTAINER = "docker:index/container:Container";
	const NETWORK = "docker:index/network:Network";
	return Object.fromEntries<StateResource>([
		...names.map(
			(name) => [urn(CONTAINER, name), { type: CONTAINER, outputs: { id: `id-of-${name}` } }] as const,
		),
		...networks.map((id) => [urn(NETWORK, "p-app"), { type: NETWORK, outputs: { id } }] as const),
	]);
}

const AGREED = { stateLost: false, removable: [], removableNetworks: [], inUse: [], missing: [] };
const names = (all: readonly { name: string }[]) => all.map(({ name }) => name);

test("nothing is to be done where host and state know the same", () => {
	expect(compare(host(), state(), "p")).toEqual(AGREED);
});

test("what belongs to another product of the stack is left alone", () => {
	const other = host([container("q-green-web-1")], { networks: [{ id: "n9", name: "q-app" }] });
	expect(compare(other, state(), "p")).toEqual(AGREED);
	expect(compare(host(), state([...RUNS, "q-green-web-1"]), "p")).toEqual(AGREED);
});

describe("a container that the state does not know", () => {
	test.for([
		["of the color that does not serve", container("p-green-web-1")],
		["that is a worker, though its color serves", container("p-blue-worker-2")],
		["that is a new replica, which the proxy does not know yet", container("p-blue-web-3")],
		[
			"that serves nobody, because it was never started",
			container("p-blue-web-2", { id: "other", status: "created" }),
		],
		[
			"that serves nobody, because it has ended",
			container("p-blue-web-2", { id: "other", status: "exited" }),
		],
	] as const)("is removable: one %s", ([, stray]) => {
		const seen = host();
		const containers = [...seen.containers.filter(({ name }) => name !== stray.name), stray];
		const found = compare({ ...seen, containers }, state(), "p");
		expect(found.removable).toEqual([stray]);
		expect(found.inUse).toEqual([]);
	});

	test.for(["p-blue-web-2", "p-proxy", "p-db-main"])(
		"is in use where %s runs and something serves",
		(name) => {
			const found = compare(host(), state(RUNS.filter((known) => known !== name)), "p");
			expect(names(found.inUse)).toEqual([name]);
			expect(found.removable).toEqual([]);
		},
	);

	test("is in use in both colors while they share the traffic", () => {
		const caddyfile = `${CADDYFILE}\nreverse_proxy p-green-web-1:3000`;
		const shared = host([container("p-green-web-1")], { switchValue: "80", caddyfile });
		expect(names(compare(shared, state(), "p").inUse)).toEqual(["p-green-web-1"]);
	});

	test("is told from one whose name only begins like it", () => {
		const caddyfile = "reverse_proxy p-blue-web-11:3000 x-p-blue-web-3:3000";
		expect(names(compare(host([container("p-blue-web-3")], { caddyfile }), state(), "p").removable)).toEqual([
			"p-blue-web-3",
		]);
	});

	test("is removable, whatever it is, before anything was released", () => {
		const { switchValue: _, caddyfile: __, ...unreleased } = host();
		const found = compare(unreleased, state(["p-db-main"]), "p");
		expect(names(found.removable)).toEqual(RUNS.filter((name) => name !== "p-db-main"));
		expect(found.inUse).toEqual([]);
	});
});

describe("a network that the state does not know", () => {
	test("is removable", () => {
		const networks = [
			{ id: "n1", name: "p-app" },
			{ id: "n2", name: "p-data" },
		];
		expect(compare(host([], { networks }), state(), "p").removableNetworks).toEqual([networks[1]]);
	});

	test("is left alone where the state knows another of that name", () => {
		expect(compare(host([], { networks: [{ id: "n2", name: "p-app" }] }), state(), "p")).toEqual(AGREED);
	});
});

describe("the state is lost", () => {
	test("where it knows nothing of a stack that is there", () => {
		expect(compare(host(), state([], []), "p").stateLost).toBe(true);
		expect(compare(host(), state(["q-proxy"], []), "p").stateLost).toBe(true);
	});

	test("not where an `up` was killed early: it knows a network", () => {
		expect(compare(host(), state([]), "p").stateLost).toBe(false);
	});

	test("not where there is nothing on the host", () => {
		expect(compare({ containers: [], networks: [] }, {}, "p").stateLost).toBe(false);
	});
});

test("what the state has and the host does not is missing, also where another has its name", () => {
	expect(compare(host(), state([...RUNS, "p-green-web-1"]), "p").missing).toEqual(["p-green-web-1"]);
	const seen = host();
	const others = seen.containers.map((one) => (one.name === "p-blue-worker-1" ? { ...one, id: "new" } : one));
	const found = compare({ ...seen, containers: others }, state(), "p");
	expect(found.missing).toEqual(["p-blue-worker-1"]);
	expect(names(found.removable)).toEqual(["p-blue-worker-1"]);
});

test("the inventory is the same in any order, and another for other containers", () => {
	expect(inventoryText(["a", "b"])).toBe(inventoryText(["b", "a"]));
	expect(inventoryText(["a", "b"])).toMatch(/^2, [0-9a-f]{12}$/);
	expect(inventoryText(["a", "c"])).not.toBe(inventoryText(["a", "b"]));
	expect(inventoryText(["ab"])).not.toBe(inventoryText(["a", "b"]));
});

describe("what people read", () => {
	const STACK = { name: "prod", label: "shop/prod", prefix: "p" };

	test("of what was left behind", () => {
		expect(removalText(["p-green-web-1", "p-app"], false)).toBe(
			"removed what an interrupted `pulumi up` had left behind, unknown to the state and used by nobody: p-green-web-1, p-app. Pulumi's warning of pending operations ends with: pulumi refresh --clear-pending-creates",
		);
		expect(removalText(["p-green-web-1"], true)).toMatch(/the next `pulumi up` removes them first/);
	});

	test("of what is missing", () => {
		expect(missingText(["p-green-web-1"])).toBe(
			"the state has p-green-web-1, the Docker host does not. What this does not bring back comes back with: pulumi up --refresh",
		);
	});

	test("of a lost state", () => {
		expect(stateLostText(STACK, host())).toMatchInlineSnapshot(`
			"The state of stack prod is empty, but shop/prod runs on this Docker host: 5 containers. blue serves, and goes on. Nothing was touched.
			Either this is another backend than the one that the stack was deployed with (pulumi whoami --verbose), or its state is lost.
			Next, where the backend is a folder that keeps backups (.state is the default; take the newest that is not empty):
			  cp .state/.pulumi/backups/shop/prod/<newest>.json .state/.pulumi/stacks/shop/prod.json
			  pulumi refresh && pulumi up
			Or from an export of the state, wherever it is kept:
			  pulumi stack import --file <export> && pulumi refresh && pulumi up
			Or, where there is none, remove what runs and begin anew. That is an outage, and the last line deletes the databases' data:
			  docker rm --force $(docker ps --all --quiet --filter label=blue-green.stack=shop/prod)
			  docker network rm p-app p-data
			  docker volume rm $(docker volume ls --quiet --filter label=blue-green.stack=shop/prod)"
		`);
	});

	test("of a container that is in use", () => {
		const two = host().containers.filter(({ name }) => name === "p-blue-web-2" || name === "p-proxy");
		expect(inUseText(STACK, host(), two)).toMatchInlineSnapshot(`
			"The state of stack prod does not know 2 containers that are in use. blue serves, and goes on. Nothing was touched.
			  p-proxy (proxy, running)
			  p-blue-web-2 (blue 1.0.0, running)
			Either an \`up\` was interrupted while it made them, or the state is older than what runs (pulumi stack history).
			Next, where the state is right, let \`pulumi up\` make them anew. Volumes stay, other replicas serve meanwhile; without any, it is an outage of seconds:
			  docker stop p-proxy p-blue-web-2 && docker rm p-proxy p-blue-web-2 && pulumi up --refresh"
		`);
		expect(inUseText(STACK, host(), two.slice(0, 1))).toContain("does not know 1 container that is in use.");
	});
});

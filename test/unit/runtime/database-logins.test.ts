import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SHIMS } from "../../../components/blue-green/shim";
import type { DatabaseLoginsOutputs } from "../../../components/runtime/databases/store";
import type * as resources from "../../../components/runtime/resources";
import { FakeEngine } from "./support/fake-engine";
import { lineServer } from "./support/line-server";
import { providerOf } from "./support/shim";

/** What Pulumi puts in place of a value that a preview does not know yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// As the provider process has it: loaded from disk by the text that stands in the state.
const logins = providerOf<typeof resources.databaseLogins>(SHIMS.databaseLogins);
const hashOf = (password: string) => createHash("sha256").update(password).digest("hex");

const inputs = {
	type: "redis",
	container: "p-db-cache",
	containerId: "id-1",
	logins: ["app"],
	passwords: { app: "hush" },
} as const;
const RULES = "user app on sanitize-payload ~* &* -@all +get";
/** As Redis lists them: the order of what it says is its own. */
const user = (name: string, password: string) =>
	`user ${name} on #${hashOf(password)} ~* &* -@all +get sanitize-payload`;
const rules = { app: RULES.split(" ").slice(2).sort().join(" ") };
const state: DatabaseLoginsOutputs = { ...inputs, drift: [], rules };

let fake: FakeEngine;
let users: string[];
let asked: string[];
beforeEach(async () => {
	users = [user("app", "hush"), `user default on #${hashOf("default")} ~* &* +@all`];
	asked = [];
	fake = await FakeEngine.start();
	fake.containers.set("p-db-cache", {});
	fake.run = async (_, command) => ({ stdout: command.at(-1) === "LIST" ? `${users.join("\n")}\n` : "" });
	fake.talk = () =>
		redisCli((line) => {
			asked.push(line);
			const [, verb, name = "", , , hash = ""] = line.split(" ");
			if (verb === "SETUSER")
				users = [...users.filter((one) => !one.startsWith(`user ${name} `)), userWith(name, hash)];
			return "OK";
		});
	vi.stubEnv("DOCKER_HOST", `unix://${fake.socketPath}`);
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await fake.close();
});

/** Ends when it is told to. */
function redisCli(answer: (line: string) => string): Duplex {
	const cli: Duplex = lineServer((line) => {
		if (line === "QUIT") setImmediate(() => cli.destroy());
		return answer(line);
	});
	return cli;
}

const userWith = (name: string, hash: string) => `user ${name} on sanitize-payload ${hash} ~* &* -@all +get`;

describe("the logins differ", () => {
	const differs = async (news: object = inputs, olds = state) =>
		(await logins.diff("logins", olds, news as typeof inputs)).changes;

	test("in nothing from what they are", async () => {
		expect(await differs()).toBe(false);
	});

	test.for([
		["logins", ["app", "app2"]],
		["containerId", "id-2"],
		["containerId", UNKNOWN],
		["passwords", { app: "another" }],
		["passwords", UNKNOWN],
		["access", "owner"],
	] as const)("when %s is %j", async ([key, to]) => {
		expect(await differs({ ...inputs, [key]: to })).toBe(true);
	});

	test("when a refresh found that they do", async () => {
		expect(await differs(inputs, { ...state, drift: ["user app is missing"] })).toBe(true);
	});

	test.for([
		["is gone", () => []],
		["has another password", () => [user("app", "another")]],
		["has two passwords", () => [user("app", "hush").replace(" ~*", ` #${hashOf("another")} ~*`)]],
		["may do more", () => [`${user("app", "hush")} +flushall`]],
	] as const)("when a user %s", async ([, change]) => {
		users = change().concat("user default on nopass");
		expect(await differs()).toBe(true);
	});

	test.for([
		["cannot be reached", () => vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock")],
		["has no such container", () => fake.containers.clear()],
		["has stopped it", () => fake.containers.set("p-db-cache", { status: "exited" })],
	] as const)("not when the Engine %s: a preview may run elsewhere", async ([, happen]) => {
		happen();
		expect(await differs()).toBe(false);
	});

	test("when the Engine is on another machine, by the same rules", async () => {
		vi.stubEnv("DOCKER_HOST", await fake.listenOnTcp());
		expect(await differs()).toBe(false);
		users = [user("app", "another")];
		expect(await differs()).toBe(true);
	});
});

describe("through the provider", () => {
	const lines = () =>
		vi.mocked(console.log).mock.calls.map(([line]) => String(line).replace("info: [runtime] ", ""));
	// Without an engine to tell it to, Pulumi's log goes to the console.
	beforeEach(() => void vi.spyOn(console, "log").mockImplementation(() => {}));
	afterEach(() => void vi.restoreAllMocks());

	test("they are made, and no password is sent", async () => {
		users = ["user default on nopass"];
		const made = await logins.create(inputs);
		expect(made).toEqual({ id: "logins", outs: state });
		expect(lines()).toEqual(["logins of p-db-cache: user app is made"]);
		expect(asked.join()).not.toContain("hush");
		expect(asked.at(-2)).toBe("ACL SAVE");
	});

	test("one that is no longer wanted goes, if it is of an earlier run", async () => {
		users.push(user("app2", "hush2"), user("by-hand", "theirs"));
		const olds = { ...state, logins: ["app", "app2"] };
		await logins.update("logins", olds, inputs);
		expect(asked.filter((line) => line.includes("DELUSER"))).toEqual(["ACL DELUSER app2"]);
	});

	test("a refresh says what is otherwise, and leaves all else", async () => {
		users = [user("app", "another")];
		const { id, props } = await logins.read("logins", state);
		expect(id).toBe("logins");
		expect(props).toEqual({ ...state, drift: ["user app has another password"] });
	});

	test("a refresh that cannot ask believes the state", async () => {
		fake.containers.clear();
		expect((await logins.read("logins", state)).props).toEqual(state);
	});

	test("what Redis will not do is said in its own words", async () => {
		fake.talk = () =>
			redisCli((line) => (line === "ACL SAVE" ? "ERR There was an error trying to save" : "OK"));
		await expect(logins.update("logins", state, inputs)).rejects.toThrow(
			"The logins of Redis in p-db-cache could not be made: ERR There was an error trying to save\nNo color was changed, and traffic was not moved.\nNext: mend that, then: pulumi up",
		);
	});
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisCommand, USERS_FILE } from "../../components/databases/redis-start";
import { loginsDrift, runDatabaseLogins } from "../../components/runtime/databases/logins";
import { PASSWORD_FILE } from "../../components/runtime/databases/redis-users";
import type { DatabaseLoginsInputs, DatabaseLoginsOutputs } from "../../components/runtime/databases/store";
import { exec } from "../../components/runtime/docker/exec";
import { TestDatabase } from "./support/database";
import { engine } from "./support/docker";

const CONTAINER = "ro-redis-users";
const CONFIG_FILE = "/usr/local/etc/redis/redis.conf";
const CONFIG = `dir /data\nappendonly yes\naclfile ${USERS_FILE}\n`;
const PASSWORDS = { app: "of-app", app2: "of-app2" };
const ADMIN = "of-default";

/** One Redis, in order. */
describe("the users of a real Redis", () => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await TestDatabase.redis(CONTAINER, redisCommand(CONFIG_FILE), {
			[CONFIG_FILE]: CONFIG,
			[PASSWORD_FILE]: ADMIN,
		});
	});
	afterAll(() => database?.remove());

	let state: DatabaseLoginsOutputs | undefined;
	const said: string[] = [];
	const report = { info: (line: string) => void said.push(line), warn: () => undefined };
	const wanted = (logins: readonly string[], passwords: Record<string, string> = PASSWORDS) =>
		({
			type: "redis",
			container: CONTAINER,
			containerId: "any",
			logins,
			passwords,
		}) satisfies DatabaseLoginsInputs;
	const make = async (inputs: DatabaseLoginsInputs) => {
		said.length = 0;
		state = await runDatabaseLogins(engine, state, inputs, report);
	};
	const drift = (inputs: DatabaseLoginsInputs) => loginsDrift({ ...inputs, rules: state?.rules ?? {} });
	const as = async (user: string, password: string, ...command: string[]) => {
		const { stdout, stderr } = await exec(engine, CONTAINER, [
			"redis-cli",
			"--no-auth-warning",
			"--user",
			user,
			"--pass",
			password,
			...command,
		]);
		return (stdout + stderr).trim();
	};
	const restart = async () => {
		await engine.api.getContainer(CONTAINER).restart();
		await database.redisAnswers();
	};

	it("begin with one, whom only the password of the container lets in", async () => {
		expect((await exec(engine, CONTAINER, ["redis-cli", "dbsize"])).stdout).toContain("NOAUTH");
		expect(await as("default", ADMIN, "dbsize")).toBe("0");
	});

	it("are the server's own file, where the image's entry point leaves the files as they are", async () => {
		const entry = `#!/bin/sh
[ "$1" != sh ] || exec "$@"
exec setpriv --reuid=redis --regid=redis --init-groups "$@" --protected-mode no`;
		const other = await TestDatabase.redis(`${CONTAINER}-other`, redisCommand(CONFIG_FILE), {
			[CONFIG_FILE]: CONFIG,
			[PASSWORD_FILE]: ADMIN,
			"/usr/local/bin/docker-entrypoint.sh": entry,
		});
		try {
			const container = `${CONTAINER}-other`;
			await runDatabaseLogins(engine, undefined, { ...wanted(["app"]), container }, report);
			expect((await exec(engine, container, ["stat", "-c", "%U %a", "/data/users.acl"])).stdout).toBe(
				"redis 600\n",
			);
		} finally {
			await other.remove();
		}
		said.length = 0;
	});

	it("are made where there are none", async () => {
		expect(await drift(wanted(["app"]))).toEqual(["user app is missing"]);
		await make(wanted(["app"]));
		expect(said).toEqual(["user app is made"]);
		expect(await drift(wanted(["app"]))).toEqual([]);
		await make(wanted(["app"]));
		expect(said).toEqual([]);
	});

	it.for([
		["SET greeting hello", "OK"],
		["GET greeting", "hello"],
		["SCAN 0 MATCH gree*", "greeting"],
		["EVAL return(1) 0", "1"],
		["PUBLISH news hello", "0"],
		["INFO server", "redis_version"],
		["CLIENT SETNAME web", "OK"],
		["CLIENT LIST", "user=app"],
		["DEL greeting", "1"],
		["FLUSHALL", "NOPERM"],
		["KEYS *", "NOPERM"],
		["CONFIG GET maxmemory", "NOPERM"],
		["ACL LIST", "NOPERM"],
		["SHUTDOWN NOSAVE", "NOPERM"],
		["MONITOR", "NOPERM"],
	])("may do what an application needs, and nothing to the server: %s", async ([command = "", answer]) => {
		expect(await as("app", PASSWORDS.app, ...command.split(" "))).toContain(answer);
	});

	it("outlive a restart of the container", async () => {
		await restart();
		expect(await as("app", PASSWORDS.app, "PING")).toBe("PONG");
		expect(await drift(wanted(["app"]))).toEqual([]);
		expect(await as("default", ADMIN, "PING")).toBe("PONG");
	});

	it("are protected by the password of the container, even where their file has lost it", async () => {
		await exec(engine, CONTAINER, ["sh", "-c", "sed -i '/^user default /d' /data/users.acl"]);
		await restart();
		expect((await exec(engine, CONTAINER, ["redis-cli", "dbsize"])).stdout).toContain("NOAUTH");
		expect(await as("app", PASSWORDS.app, "PING")).toBe("PONG");
	});

	it("stay connected while their rights are set again, and another is added", async () => {
		const session = as("app", PASSWORDS.app, "BLPOP", "queue", "20");
		await new Promise((resolve) => setTimeout(resolve, 300));
		await make(wanted(["app", "app2"]));
		expect(said).toEqual(["user app2 is made"]);
		await as("app2", PASSWORDS.app2, "RPUSH", "queue", "work");
		expect(await session).toBe("queue\nwork");
	});

	it.for([
		["ACL SETUSER app +flushall", "user app has other rights"],
		["ACL SETUSER app off", "user app has other rights"],
		["ACL SETUSER app >another", "user app has another password"],
		["ACL SETUSER app resetpass", "user app has another password"],
		["ACL SETUSER app nopass", "user app has another password"],
		["ACL DELUSER app", "user app is missing"],
	] as const)("see and mend what was done by hand: %s", async ([by, finding]) => {
		const inputs = wanted(["app", "app2"]);
		await as("default", ADMIN, ...by.split(" "));
		expect(await drift(inputs)).toEqual([finding]);
		await make(inputs);
		expect(await drift(inputs)).toEqual([]);
		expect(await as("app", PASSWORDS.app, "PING")).toBe("PONG");
		expect(await as("app", PASSWORDS.app, "FLUSHALL")).toContain("NOPERM");
	});

	it("go when nobody wants them any more: sessions end, the password is void, and stays so", async () => {
		const session = as("app", PASSWORDS.app, "BLPOP", "queue", "20");
		await new Promise((resolve) => setTimeout(resolve, 300));
		await make(wanted(["app2"]));
		expect(said).toEqual(["user app is not wanted any more: dropped"]);
		expect(await session).not.toContain("work");
		expect(await as("app", PASSWORDS.app, "PING")).toContain("WRONGPASS");
		await restart();
		expect(await as("app", PASSWORDS.app, "PING")).toContain("WRONGPASS");
		expect(await as("app2", PASSWORDS.app2, "PING")).toBe("PONG");
	});

	it("wait for a server that is just being started", async () => {
		await engine.api.getContainer(CONTAINER).restart();
		await make(wanted(["app2"], { app2: "another" }));
		expect(await as("app2", "another", "PING")).toBe("PONG");
	});

	it("say what Redis says, without what it was given", async () => {
		await exec(engine, CONTAINER, ["sh", "-c", "chmod 500 /data"]);
		const making = make(wanted(["app2"], { app2: "quite-another" }));
		await expect(making).rejects.toThrow(/could not be made: .*\n/);
		await expect(making).rejects.not.toThrow(/quite-another|[0-9a-f]{64}/);
		await exec(engine, CONTAINER, ["sh", "-c", "chmod 700 /data"]);
	});
});

import { local } from "@pulumi/command";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createStack, type TestStack } from "./stack";

let stack: TestStack;

beforeEach(async () => {
	stack = await createStack();
});
afterEach(() => stack.dispose());

const program = (args: local.CommandArgs) => async () => {
	new local.Command("failing", { dir: stack.folder, ...args });
};

/** What the CLI printed when an update failed. */
async function failure(operation: Promise<unknown>): Promise<string> {
	return operation.then(
		() => expect.fail("the operation succeeded"),
		(error: Error) => error.message,
	);
}

test("a failing create says what ran, how it ended and what it printed, and leaves no resource", async () => {
	const message = await failure(stack.up(program({ create: "echo before; echo oh dear >&2; exit 3" })));
	expect(message).toContain("exit status 3");
	expect(message).toContain("oh dear >&2; exit 3");
	expect(message).toMatch(/^\s*before$/m);
	expect(message).toMatch(/^\s*oh dear$/m);
	expect(await stack.resources()).toEqual([]);
});

test("a failing update runs again next time; a failing delete keeps the resource", async () => {
	await stack.up(program({ create: "echo one", delete: "test -e deletable" }));

	const failing = program({ create: "echo two >> trace; test -e ready", delete: "test -e deletable" });
	expect(await failure(stack.up(failing))).toContain("exit status 1");
	expect(await failure(stack.up(failing))).toContain("exit status 1");
	expect(await stack.lines("trace")).toEqual(["two", "two"]);

	expect(await failure(stack.destroy())).toContain("exit status 1");
	expect(await stack.resources()).toEqual(["failing"]);
});

test("a folder that is not there fails with its name", async () => {
	const dir = `${stack.folder}/missing`;
	expect(await failure(stack.up(program({ create: "true", dir })))).toContain(
		`${dir}: no such file or directory`,
	);
});

test("inputs of the wrong type or name are refused before anything runs", async () => {
	const wrong = {
		create: "touch ran",
		environment: { PORT: 80 },
		updat: "true",
	} as unknown as local.CommandArgs;
	const message = await failure(stack.preview(program(wrong)));
	expect(message).toContain("environment[PORT]");
	expect(await stack.lines("ran")).toEqual([]);
});

test("canceling the update kills the command", async () => {
	const cancel = new AbortController();
	const updating = failure(
		stack.up(program({ create: "echo $$ > pid; exec sleep 300" }), { signal: cancel.signal }),
	);
	await expect.poll(() => stack.lines("pid"), { timeout: 20_000 }).toHaveLength(1);
	const pid = Number((await stack.lines("pid"))[0]);
	expect(isRunning(pid)).toBe(true);

	cancel.abort();
	await updating;
	await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

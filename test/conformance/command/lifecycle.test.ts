import { local } from "@pulumi/command";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStack, type TestStack } from "./stack";

// The story of one stack: each test goes on from where the one before left it.
let stack: TestStack;

beforeAll(async () => {
	stack = await createStack();
});
afterAll(() => stack.dispose());

interface Change {
	createText?: string;
	updateText?: string;
	rebuildText?: string;
	trigger?: string;
}

/** Three commands that leave a line in `trace` whenever one of them runs. */
const program =
	({ createText = "1", updateText = "1", rebuildText = "1", trigger = "a" }: Change = {}) =>
	async () => {
		const dir = stack.folder;
		const full = new local.Command("full", {
			dir,
			create: `echo full create ${createText} >> trace; echo created ${createText}`,
			update: `echo full update ${updateText} after $PULUMI_COMMAND_STDOUT >> trace; echo updated ${updateText}`,
			delete: "echo full delete after $PULUMI_COMMAND_STDOUT >> trace",
		});
		const createOnly = new local.Command("create-only", {
			dir,
			create: `echo create-only ${rebuildText} >> trace; echo built ${rebuildText} after $PULUMI_COMMAND_STDOUT.`,
			addPreviousOutputInEnv: rebuildText !== "3",
		});
		const triggered = new local.Command("triggered", {
			dir,
			create: "echo triggered create >> trace; echo $$",
			update: "echo triggered update >> trace",
			delete: "echo triggered delete >> trace",
			triggers: [trigger, 7],
		});
		// Its input is not known before `full` has run.
		new local.Command("dependent", {
			dir,
			create: "echo dependent on $FROM >> trace",
			environment: { FROM: full.stdout },
			update: "true",
		});
		return { full: full.stdout, createOnly: createOnly.stdout, id: triggered.id };
	};

let ran = 0;
/** The lines that were added to `trace` since the last look, in alphabetical order: commands run in parallel. */
async function ranSince(): Promise<string[]> {
	const lines = await stack.lines("trace");
	const added = lines.slice(ran);
	ran = lines.length;
	return added.sort();
}

let firstId: string;

test("a preview runs nothing", async () => {
	const { steps } = await stack.preview(program());
	expect(steps).toEqual({
		full: ["create"],
		"create-only": ["create"],
		triggered: ["create"],
		dependent: ["create"],
	});
	expect(await ranSince()).toEqual([]);
});

test("create runs the create commands", async () => {
	const { outputs } = await stack.up(program());
	expect(await ranSince()).toEqual([
		"create-only 1",
		"dependent on created 1",
		"full create 1",
		"triggered create",
	]);
	expect(outputs.full?.value).toBe("created 1");
	firstId = outputs.id?.value;
	expect(firstId).toMatch(/^triggered[0-9a-f]{8}$/);
});

test("a second up without a change runs nothing", async () => {
	const { steps } = await stack.up(program());
	expect(steps).toEqual({
		full: ["same"],
		"create-only": ["same"],
		triggered: ["same"],
		dependent: ["same"],
	});
	expect(await ranSince()).toEqual([]);
});

test("a preview of changes runs nothing and tells an update from a replacement", async () => {
	const { steps } = await stack.preview(program({ createText: "2", rebuildText: "2", trigger: "b" }));
	expect(steps).toMatchObject({ full: ["update"], "create-only": ["update"], dependent: ["update"] });
	expect(steps.triggered).toContain("replace");
	expect(await ranSince()).toEqual([]);
});

test("a changed input runs update, or create where there is none, with the last output at hand", async () => {
	const { outputs, steps } = await stack.up(program({ createText: "2", rebuildText: "2" }));
	expect(await ranSince()).toEqual(["create-only 2", "full update 1 after created 1"]);
	expect(outputs.full?.value).toBe("updated 1");
	expect(outputs.createOnly?.value).toBe("built 2 after built 1 after ..");
	expect(steps).toMatchObject({ triggered: ["same"], dependent: ["update"] });
});

test("addPreviousOutputInEnv: false keeps the last output away", async () => {
	const { outputs } = await stack.up(program({ createText: "2", rebuildText: "3" }));
	expect(await ranSince()).toEqual(["create-only 3"]);
	expect(outputs.createOnly?.value).toBe("built 3 after .");
});

test("a changed trigger creates anew, then deletes the old one", async () => {
	const { outputs } = await stack.up(program({ createText: "2", rebuildText: "3", trigger: "b" }));
	const lines = await stack.lines("trace");
	expect(lines.slice(-2)).toEqual(["triggered create", "triggered delete"]);
	expect(await ranSince()).toHaveLength(2);
	expect(outputs.id?.value).not.toBe(firstId);
});

test("destroy runs the delete commands with the last output at hand", async () => {
	await stack.destroy();
	expect(await ranSince()).toEqual(["full delete after updated 1", "triggered delete"]);
});

import { expect, test } from "vitest";
import { normalized, runInTerminal } from "../../support/terminal";

const node = (code: string) => ["node", "--eval", code];

test("a command finds a terminal, and its exit code is seen", async () => {
	const code =
		"console.log(process.stdin.isTTY, process.stdout.isTTY, process.stdout.columns); process.exit(3)";
	expect(await runInTerminal(node(code))).toMatchObject({ screen: "true true 120", exitCode: 3 });
});

test("what was drawn over is gone", async () => {
	const code = String.raw`process.stdout.write("one\n\x1b[1A\x1b[2Ktwo\n")`;
	expect((await runInTerminal(node(code))).screen).toBe("two");
});

test("a question is answered when it is shown", async () => {
	const code = `const io = require("readline").createInterface(process.stdin, process.stdout);
		io.question("Go on? ", (answer) => { console.log("got", answer); io.close() })`;
	const { screen } = await runInTerminal(node(code), { answers: [{ after: "Go on?", type: "yes" }] });
	expect(screen).toBe("Go on? yes\ngot yes");
});

test("one that does not end in time is an error that shows the screen", async () => {
	const code = "console.log('working'); setTimeout(() => {}, 20_000)";
	await expect(runInTerminal(node(code), { timeoutMs: 1_000 })).rejects.toThrow(/1000 ms.*\nworking/);
});

test("what differs from run to run is normalized", () => {
	const screen = "gate  4.2 s, 350 ms at 12:15:39.049, http://127.0.0.1:8080, shop-e2e-blue";
	expect(normalized(screen, { "shop-e2e": "STACK" })).toBe(
		"gate TIME, TIME at CLOCK, http://127.0.0.1:PORT, STACK-blue",
	);
});

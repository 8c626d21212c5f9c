import { describe, expect, it } from "vitest";
import { childrenMs, timed } from "../../../scripts/bench/measure/timed";

describe("childrenMs", () => {
	it("adds up user and system time of the second line", () => {
		expect(childrenMs("0m0.00s 0m0.01s\n1m2.50s 0m0.25s")).toBe(62_750);
		expect(childrenMs("0m0.000000s 0m0.000000s\n0m1.230000s 0m0.000000s")).toBe(1_230);
	});

	it("does not take for a figure what is none", () => {
		expect(() => childrenMs("0m0.00s 0m0.01s")).toThrow("cannot be read");
	});
});

describe("timed", () => {
	const work = (ms: number) => `const end = process.cpuUsage().user + ${ms * 1000};
		while (process.cpuUsage().user < end);`;

	it("counts the processor time of what the command has started, too", async () => {
		const nested = `require("node:child_process").spawnSync("node", ["-e", ${JSON.stringify(work(300))}]); console.log("said")`;
		const { durationMs, cpuMs } = await timed("node", ["-e", nested], { what: "work" });
		expect(cpuMs).toBeGreaterThan(300);
		expect(durationMs).toBeGreaterThan(250);
	});

	it("fails with the command", async () => {
		const failing = timed("sh", ["-c", "echo why; exit 3"], { what: "work" });
		await expect(failing).rejects.toThrow(/exit code 3\n[\s\S]*^ {2}why$/m);
	});
});

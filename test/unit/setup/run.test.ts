import { describe, expect, it } from "vitest";
import { Problem } from "../../../scripts/lib/problem";
import { run } from "../../../scripts/lib/run";

const sh = (script: string, more: object = {}) => run("sh", ["-c", script], { what: "Trying", ...more });

describe("run", () => {
	it("returns what the program prints, not what it complains about", async () => {
		expect(await sh("echo one; echo two >&2; echo three")).toBe("one\nthree");
	});

	it("hands on each line as it comes, of both outputs", async () => {
		const lines: string[] = [];
		await sh("echo one; echo two >&2", { onLine: (line: string) => lines.push(line) });
		expect(lines.sort()).toEqual(["one", "two"]);
	});

	it("gives it the environment that it is told, and no more", async () => {
		expect(await sh("echo $A-$HOME", { env: { PATH: process.env.PATH, A: "a" } })).toBe("a-");
	});

	it.each([{}, { onLine: () => {} }])(
		"says how it failed, with its last lines and what to do (%o)",
		async (more) => {
			const failure = await sh("echo first; echo no space >&2; exit 7", {
				next: "Make room.",
				...more,
			}).catch((error: unknown) => error);
			expect(failure).toBeInstanceOf(Problem);
			expect((failure as Error).message).toMatch(
				/^Trying: `sh -c [^`]*` failed with exit code 7\n {2}first\n {2}no space\nMake room\.$/,
			);
		},
	);

	it.each([{}, { onLine: () => {} }])("ends it at the deadline (%o)", async (more) => {
		const started = Date.now();
		await expect(sh("echo thinking; exec sleep 20", { timeoutMs: 400, ...more })).rejects.toThrow(
			/took longer than 0\.4 s and was stopped\n {2}thinking/,
		);
		expect(Date.now() - started).toBeLessThan(5_000);
	});

	it("ends it early when it is told to", async () => {
		const started = Date.now();
		const signal = AbortSignal.timeout(300);
		await expect(sh("echo thinking; exec sleep 20", { signal })).rejects.toThrow(
			/was interrupted\n {2}thinking/,
		);
		expect(Date.now() - started).toBeLessThan(5_000);
	});

	it("says that a program is not there", async () => {
		await expect(run("no-such-program", [], { what: "Trying" })).rejects.toThrow(
			/could not run: .*no-such-program.*ENOENT/,
		);
	});
});

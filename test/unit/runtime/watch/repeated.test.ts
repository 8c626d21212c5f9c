import { afterEach, describe, expect, it, vi } from "vitest";
import { type CheckResult, Repeated } from "../../../../components/runtime/watch/repeated";

const WELL: CheckResult = { state: "well" };
const UNKNOWN: CheckResult = { state: "unknown", reason: "nobody answers" };

/** A check that says these in turn, and then the last one for ever. */
function repeated(...results: CheckResult[]) {
	const warnings: string[] = [];
	let runs = 0;
	const run = async () => results[Math.min(runs++, results.length - 1)] ?? WELL;
	const check = new Repeated("the probe", run, 1_000, (message) => warnings.push(message));
	return { check, warnings, runs: () => runs };
}

afterEach(() => vi.useRealTimers());

describe("a check beside the counting", () => {
	it("runs at once, and then every so often, until it is stopped", async () => {
		vi.useFakeTimers();
		const { check, runs } = repeated(WELL);
		check.begin();
		await vi.advanceTimersByTimeAsync(3_500);
		expect(runs()).toBe(4);
		check.stop();
		await vi.advanceTimersByTimeAsync(5_000);
		expect(runs()).toBe(4);
	});

	it("runs once at a time, however many phases begin", async () => {
		vi.useFakeTimers();
		const { check, runs } = repeated(WELL);
		for (let phase = 0; phase < 3; phase++) check.begin();
		await vi.advanceTimersByTimeAsync(2_500);
		check.stop();
		expect(runs()).toBeLessThanOrEqual(5);
	});

	it("keeps a breach to the end of the phase", async () => {
		vi.useFakeTimers();
		const { check } = repeated({ state: "breach", text: "it fails" }, WELL);
		check.begin();
		await vi.advanceTimersByTimeAsync(2_500);
		expect(check.complaint(false)).toBe("it fails");
		check.begin();
		await vi.advanceTimersByTimeAsync(2_500);
		expect(check.complaint(true)).toBeUndefined();
		check.stop();
	});

	it("warns once of what cannot be asked, and lets it pass while there is time", async () => {
		vi.useFakeTimers();
		const { check, warnings } = repeated(UNKNOWN);
		check.begin();
		await vi.advanceTimersByTimeAsync(2_500);
		expect(warnings).toEqual(["the probe could not be asked: nobody answers"]);
		expect(check.complaint(false)).toBeUndefined();
		expect(check.remark()).toBe("the probe could not be asked: nobody answers");
		expect(check.complaint(true)).toBe("the probe could not be asked, 3 times: nobody answers");
		check.stop();
	});

	it("does not hold it against the color where it could be asked once", async () => {
		vi.useFakeTimers();
		const { check } = repeated(WELL, UNKNOWN);
		check.begin();
		await vi.advanceTimersByTimeAsync(9_500);
		expect(check.complaint(true)).toBeUndefined();
		expect(check.remark()).toBeUndefined();
		check.stop();
	});

	it("says that it has not ended yet", () => {
		const check = new Repeated(
			"the probe",
			() => new Promise(() => {}),
			1_000,
			() => {},
		);
		check.begin();
		expect(check.remark()).toBe("the probe has not ended yet");
		expect(check.complaint(true)).toBeUndefined();
		check.stop();
	});
});

import { runCutover } from "../../../../components/runtime/cutover";
import type { CutoverInputs, CutoverOutputs } from "../../../../components/runtime/steps";
import type { OpenWatch } from "../../../../components/runtime/trial-run";
import { type FakeHost, LONG_AGO } from "./fake-host";
import { Said, withoutTimes } from "./server";

/** Runs the cutover on the host; `said` is what it told. */
export function cutOver(
	host: FakeHost,
	news: CutoverInputs,
	olds?: Partial<CutoverOutputs>,
	said = new Said(),
	openWatch?: OpenWatch,
): Promise<CutoverOutputs> {
	return runCutover(host.engine, olds, news, said, openWatch);
}

/** The text of the error that it fails with; times and the port of the public side are made the same. */
export async function failure(
	host: FakeHost,
	news: CutoverInputs,
	olds?: Partial<CutoverOutputs>,
	openWatch?: OpenWatch,
): Promise<string> {
	const error = await cutOver(host, news, olds, new Said(), openWatch).then(
		() => new Error("nothing failed"),
		(caught: Error) => caught,
	);
	return withoutTimes(error.message).replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:8080");
}

/** Makes the host as it is after blue was released, and gives the state of then. */
export function blueServes(host: FakeHost): CutoverOutputs {
	host.released("blue", "a Caddyfile");
	return {
		...host.inputs("blue"),
		activeColor: "blue",
		activeVersion: "1.0.0",
		standbyColor: "green",
		standbyVersion: "2.0.0",
		caddyfileInForce: true,
		lastCutover: {
			to: "blue",
			toVersion: "1.0.0",
			startedAt: "2026-11-21T10:00:00.000Z",
			stages: [],
			configHash: "0123456789ab",
		},
		served: { blue: { version: "1.0.0", since: LONG_AGO } },
	};
}

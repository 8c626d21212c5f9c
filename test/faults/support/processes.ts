import { readdirSync, readFileSync } from "node:fs";
import { eventually } from "../../e2e/support/docker";
import { pause } from "../../e2e/support/load";
import type { TestStack } from "../../e2e/support/stack";

/** Docker finishes what it was asked for when the one who asked is gone. */
const DOCKER_FINISHES_MS = 3_000;

/**
 * Waits until nothing is done any more in the name of a killed command: program and steps have ended. The plugins that are
 * written in Go stay for some minutes, but idle: the calls that they worked on ended with the engine.
 */
export async function nothingMoves(shop: TestStack): Promise<void> {
	const folder = shop.stack.workspace.envVars.PULUMI_BACKEND_URL ?? "";
	await eventually(
		"program and steps of the killed command have ended",
		60_000,
		async () => running(folder).length === 0,
	);
	await pause(DOCKER_FINISHES_MS);
}

/** Processes that work on this stack: by its state folder, which stands in their environment. */
function running(backend: string): number[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => {
			const environment = read(`/proc/${pid}/environ`).split("\0");
			if (!environment.includes(`PULUMI_BACKEND_URL=${backend}`)) return false;
			return /pulumi-resource-pulumi-nodejs|cmd\/run\/index/.test(read(`/proc/${pid}/cmdline`));
		});
}

function read(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch {
		// It has ended since it was listed.
		return "";
	}
}

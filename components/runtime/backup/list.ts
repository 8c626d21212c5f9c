import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { BackupRecord } from "../../plan/backups";
import type { Engine } from "../docker/engine";
import { StepError } from "../report";
import type { BackupInputs } from "./backup";
import { Store } from "./store";
import { Worker } from "./worker";

const LOOK_MS = 120_000;
const COPY_MS = 60 * 60_000;

type Place = Pick<BackupInputs, "stack" | "container" | "store">;

/**
 * What there is of a stack's backups, newest first.
 * @param place `container` is any of the stack's databases, running or not: its image has the tools for a look.
 */
export async function listBackups(engine: Engine, place: Place): Promise<BackupRecord[]> {
	return inWorker(engine, place, LOOK_MS, (worker) => new Store(worker, place.stack).list());
}

/** Puts a file from elsewhere among the backups; one of the same name is replaced. */
export async function importFile(
	engine: Engine,
	place: Place,
	name: string,
	content: Readable,
	size: number,
): Promise<void> {
	await inWorker(engine, place, COPY_MS, async (worker) => {
		const store = new Store(worker, place.stack);
		await worker.put(store.unfinished(name), content, size);
		await worker.run(["mv", store.unfinished(name), store.path(name)]);
	});
}

/** Beside a backup that may be under way: looking needs no lock. */
async function inWorker<T>(
	engine: Engine,
	{ stack, container, store }: Place,
	deadlineMs: number,
	work: (worker: Worker) => Promise<T>,
): Promise<T> {
	const seen = await engine.inspect(container);
	if (seen === undefined) throw new StepError(`there is no container ${container}.\nNext: pulumi up`);
	const { Image } = await engine.api.getContainer(container).inspect();
	const name = `${container}-look-${randomBytes(4).toString("hex")}`;
	const worker = await Worker.start(engine, { name, stack, image: Image, store, deadlineMs });
	try {
		return await work(worker);
	} finally {
		await worker.remove();
	}
}

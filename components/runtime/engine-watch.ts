import { connect } from "node:net";
import { StepError } from "./report";

const INTERVAL_MS = 300;
/** Refused connections in a row: one may be an accident. */
const REFUSALS = 2;

/**
 * A CLI that is killed leaves the processes of the program and of the dynamic resources behind, for ever. The one asks in
 * vain, without pause; the other goes on with what it was doing: a check that waits for a minute and moves traffic then, a
 * drain that closes the streams of a color which serves again by that time. So a process ends when Pulumi's engine does not
 * listen any more, but never between the switch and its verification.
 */
export class EngineWatch {
	private gone = false;
	private uninterrupted = 0;
	private end: () => void = () => undefined;
	private timer: NodeJS.Timeout | undefined;

	/**
	 * Begins to watch, the first time that it is called.
	 *
	 * @param address Of the engine, as it gives it to its plugins: "127.0.0.1:46671". Anything else: nothing is watched.
	 * @param whenGone Default: ends this process.
	 */
	endWith(
		address: string | undefined,
		whenGone: () => void = () => process.exit(1),
	): NodeJS.Timeout | undefined {
		const [, host, port] = /^(127\.0\.0\.1|localhost):(\d+)$/.exec(address ?? "") ?? [];
		if (host === undefined || this.timer !== undefined) return this.timer;
		this.end = whenGone;
		let refusals = 0;
		const timer = setInterval(async () => {
			refusals = (await listens(host, Number(port))) ? 0 : refusals + 1;
			if (refusals !== REFUSALS) return;
			clearInterval(timer);
			this.gone = true;
			if (this.uninterrupted === 0) this.end();
		}, INTERVAL_MS);
		// Nothing stays alive because of the watch.
		this.timer = timer.unref();
		return this.timer;
	}

	/**
	 * Runs `work` to its end, though the engine may go away meanwhile.
	 * @throws StepError, before `work` has begun, where the engine is gone already.
	 */
	async toItsEnd<T>(work: () => Promise<T>): Promise<T> {
		if (this.gone) throw new StepError("Pulumi was killed; nothing more is done in its name.");
		this.uninterrupted++;
		try {
			return await work();
		} finally {
			this.uninterrupted--;
			if (this.gone && this.uninterrupted === 0) this.end();
		}
	}
}

/** That of this process. */
export const engineWatch = new EngineWatch();

function listens(host: string, port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, host);
		const answer = (does: boolean) => {
			socket.destroy();
			resolve(does);
		};
		socket.once("connect", () => answer(true));
		socket.once("error", () => answer(false));
	});
}

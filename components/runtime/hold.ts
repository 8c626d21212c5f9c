import { SWITCH_FILE } from "../proxy/paths";
import { heldValue, isHeld, releasedValue } from "../proxy/switch-file";
import type { ProxyFiles } from "./caddy/files";
import type { Engine } from "./docker/engine";
import { startDetached } from "./docker/exec";

/**
 * Requests that wait at the proxy instead of failing: for whatever makes the application unable to answer for a short time.
 * A hold is one rename of the switch file, and so is its end; see `proxy/held.ts` for what Caddy does meanwhile.
 *
 * Whoever holds may be killed. So the end of the hold stands in the switch file, for Caddy; and a process in the proxy's
 * container ends it then for the requests that wait already.
 */

/** A hold that has begun. */
export interface Held {
	/** When it ends by itself, ms since 1970 by the Docker host's clock. */
	readonly untilMs: number;
}

/**
 * Waits for a hold to begin, at most five seconds, then until it is over or somebody has ended it. A shell's whole
 * seconds would let requests wait in vain: their own limit ends one second after the hold's.
 */
const WATCHDOG = `
held() { value=; read -r value <"$FILE"; [ "$value" = "$HELD" ]; }
pause() { sleep 0.25 2>/dev/null || sleep 1; }
tries=0
until held; do
	tries=$((tries + 1))
	[ $tries -gt 20 ] && exit
	pause
done
while held; do
	if [ "$(date +%s)" -ge "$UNTIL" ]; then
		printf %s "$RELEASED" >"$FILE.over" && mv -f "$FILE.over" "$FILE"
		exit
	fi
	pause
done`;

/**
 * From now on requests wait, at most for `forMs`, or until `release`. One hold at a time: another one's end is moved.
 *
 * @returns undefined where nothing serves, so that there is nothing to hold.
 * @throws StepError where the switch file cannot be written; then nothing waits.
 */
export async function hold(
	engine: Engine,
	proxy: string,
	files: ProxyFiles,
	forMs: number,
): Promise<Held | undefined> {
	const value = await files.read(SWITCH_FILE);
	if (value === undefined) return undefined;
	// Whole seconds, as Caddy compares them; never longer than was asked for.
	const untilS = Math.floor((Date.now() + (await engine.clockOffsetMs()) + forMs) / 1_000);
	const held = heldValue(value, untilS);
	const env = {
		FILE: SWITCH_FILE,
		HELD: held,
		RELEASED: releasedValue(value),
		UNTIL: String(untilS),
	};
	// The watchdog first: who is killed between the two has held nothing.
	await startDetached(engine, proxy, ["sh", "-c", WATCHDOG], env);
	await files.write(SWITCH_FILE, held);
	return { untilMs: untilS * 1_000 };
}

/**
 * Lets go what waits. @returns whether something was held until now; a hold that is over, but still stands in the file, is
 * removed from it.
 */
export async function release(files: ProxyFiles): Promise<boolean> {
	const value = await files.read(SWITCH_FILE);
	if (value === undefined || !isHeld(value)) return false;
	await files.write(SWITCH_FILE, releasedValue(value));
	return true;
}

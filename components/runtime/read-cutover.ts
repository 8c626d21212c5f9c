import { PREVIEW_TOKEN_FILE } from "../proxy/paths";
import type { Trial } from "../proxy/switch-file";
import { otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import { readTraffic } from "./caddy/traffic";
import type { Engine } from "./docker/engine";
import type { CutoverOutputs, TrialRecord } from "./steps";
import { isOfRecord } from "./trial-rests";

/** What the proxy does now, for `pulumi refresh`; the rest of `state` stays as it is. A proxy that is down serves none. */
export async function readCutover(engine: Engine, olds: CutoverOutputs): Promise<CutoverOutputs> {
	const { onTrial: recorded, ...state } = olds;
	const proxy = await engine.inspect(state.proxy.container);
	if (proxy?.status !== "running") return { ...state, activeColor: "none", caddyfileInForce: false };
	const admin = new CaddyAdmin(engine, state.proxy.container);
	const files = new ProxyFiles(engine, state.proxy.container);
	try {
		const { serving, trial, maintenance } = await readTraffic(files);
		// Where Caddy cannot be asked, the next `up` asks again, and says why not.
		const runs = await admin.runs(state.caddyfile).catch(() => false);
		const { previewToken } = state;
		const caddyfileInForce =
			runs && (previewToken === undefined || (await files.read(PREVIEW_TOKEN_FILE)) === previewToken);
		const color = serving === "blue" || serving === "green" ? serving : undefined;
		return {
			...state,
			activeColor: serving,
			maintenance,
			caddyfileInForce,
			...(trial && { onTrial: onTrial(trial, recorded) }),
			...(color && {
				activeVersion: state.releases[color]?.version ?? "",
				standbyColor: otherColor(color),
				standbyVersion: state.releases[otherColor(color)]?.version ?? "",
			}),
		};
	} finally {
		admin.close();
		files.close();
	}
}

/** Whoever left the share so knows since when, and whether it was meant to stay. */
function onTrial({ to, percent }: Trial, recorded: TrialRecord | undefined): TrialRecord {
	if (recorded !== undefined && isOfRecord({ to, percent, visit: "" }, recorded)) return recorded;
	return { to, share: percent, paused: false };
}

import { PREVIEW_TOKEN_FILE } from "../proxy/paths";
import { otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import { readServing } from "./caddy/world";
import type { Engine } from "./docker/engine";
import type { CutoverOutputs } from "./steps";

/** What the proxy does now, for `pulumi refresh`; the rest of `state` stays as it is. A proxy that is down serves none. */
export async function readCutover(engine: Engine, state: CutoverOutputs): Promise<CutoverOutputs> {
	const proxy = await engine.inspect(state.proxy.container);
	if (proxy?.status !== "running") return { ...state, activeColor: "none", caddyfileInForce: false };
	const admin = new CaddyAdmin(engine, state.proxy.container);
	const files = new ProxyFiles(engine, state.proxy.container);
	try {
		const serving = await readServing(files);
		// Where Caddy cannot be asked, the next `up` asks again, and says why not.
		const runs = await admin.runs(state.caddyfile).catch(() => false);
		const { previewToken } = state;
		const caddyfileInForce =
			runs && (previewToken === undefined || (await files.read(PREVIEW_TOKEN_FILE)) === previewToken);
		const color = serving === "blue" || serving === "green" ? serving : undefined;
		return {
			...state,
			activeColor: serving,
			caddyfileInForce,
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

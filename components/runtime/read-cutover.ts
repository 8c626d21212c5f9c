import { SWITCH_FILE } from "../proxy/paths";
import { otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import { maintenanceBy, servingBy } from "./caddy/world";
import type { Engine } from "./docker/engine";
import type { CutoverOutputs } from "./steps";

/** What the proxy does now, for `pulumi refresh`; the rest of `state` stays as it is. A proxy that is down serves none. */
export async function readCutover(engine: Engine, state: CutoverOutputs): Promise<CutoverOutputs> {
	const proxy = await engine.inspect(state.proxy.container);
	if (proxy?.status !== "running") return { ...state, activeColor: "none", caddyfileInForce: false };
	const admin = new CaddyAdmin(engine, state.proxy.container);
	const files = new ProxyFiles(engine, state.proxy.container);
	try {
		const value = await files.read(SWITCH_FILE);
		const serving = servingBy(value);
		// Where Caddy cannot be asked, the next `up` asks again, and says why not.
		const caddyfileInForce = await admin.runs(state.caddyfile).catch(() => false);
		const color = serving === "blue" || serving === "green" ? serving : undefined;
		return {
			...state,
			activeColor: serving,
			maintenance: maintenanceBy(value),
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

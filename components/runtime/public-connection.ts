import type { Duplex } from "node:stream";
import type { Engine } from "./docker/engine";
import { addressIn } from "./http";
import { isElsewhere } from "./ssh/reach";
import type { CutoverInputs } from "./steps";

/**
 * A connection to the proxy's public side where its published port is not to be reached from here: that of a host on the
 * other side of SSH may be on its loopback, or behind a firewall that knows visitors only. It begins in the proxy's own
 * container, so all but Docker's publishing of the port is as for a visitor.
 *
 * @param engine Default: that of DOCKER_HOST.
 * @returns undefined where the published port itself is to be asked.
 */
export async function publicConnection(
	engine: Engine | undefined,
	{ container, url }: Pick<CutoverInputs["proxy"], "container" | "url">,
): Promise<Duplex | undefined> {
	if (!isElsewhere()) return undefined;
	const { Engine } = require("./docker/engine") as typeof import("./docker/engine");
	const { openTunnel } = require("./docker/tunnel") as typeof import("./docker/tunnel");
	return openTunnel(engine ?? new Engine(), container, "127.0.0.1", String(addressIn(url).port));
}

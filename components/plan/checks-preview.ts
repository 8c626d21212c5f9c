import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { Settings } from "../settings/schema";

/** Caddy's admin API has it, inside the proxy's container. */
const ADMIN_PORT = 2019;

/** How the preview fits the rest of the proxy, and the checks that go through it. */
export function checkPreview({ proxy, checks }: Pick<Settings, "proxy" | "checks">): Problem[] {
	const { enabled, port, host } = proxy.preview;
	if (!enabled) return checks.length === 0 ? [] : [checksNeedPreview()];
	const problems: Problem[] = [];
	if (port === proxy.httpPort || port === ADMIN_PORT) {
		const path = ["proxy", "preview", "port"];
		const taken =
			port === ADMIN_PORT ? "Caddy's own admin API has it" : "it is proxy.httpPort, where visitors come in";
		const reason = `${port} is taken: ${taken}. Allowed: another port.`;
		problems.push({ path, reason, fix: [setCommand(path, String(port + 1))] });
	}
	if (host !== undefined && proxy.hosts.some((one) => one.toLowerCase() === host.toLowerCase())) {
		const path = ["proxy", "preview", "host"];
		const reason = `${host} is among proxy.hosts, where visitors come in. Allowed: a name that is not.`;
		problems.push({ path, reason, fix: [setCommand(path, `preview.${host}`)] });
	}
	return problems;
}

/**
 * A check goes the way that visitors go but for one step, the choice of the color. Another way, to a replica itself, would
 * leave out the routes, which is where a release goes wrong that is well by itself.
 */
export function checksNeedPreview(): Problem {
	const reason =
		"go through the preview before the switch, and proxy.preview.enabled is false. Allowed: with it only.";
	return {
		path: ["checks"],
		reason,
		fix: [setCommand(["proxy", "preview", "enabled"], "true"), removeCommand(["checks"])],
	};
}

import { type Fact, type Finding, finding } from "../../components/doctor/finding";
import { imagesToSee, judgeHost } from "../../components/doctor/host";
import { needsOf } from "../../components/doctor/needs";
import { deployedOn } from "../../components/plan/deployed";
import { proxyName } from "../../components/plan/names";
import { type Deployed, NOTHING_DEPLOYED } from "../../components/plan/types";
import { dockerHost } from "../../components/runtime/docker/call";
import { peekHost } from "../../components/runtime/host-facts";
import { observeHost } from "../../components/runtime/observe";
import type { Settings } from "../../components/settings/schema";
import type { StackConfiguration } from "../backup/stack";
import { versions } from "../set-up/versions";
import { DOCKER_MS, engineVersion, memoryUse, runningCaddy, seePorts } from "./gather/engine";
import { judgeEngine } from "./judge/engine";
import { judgePorts } from "./judge/ports";
import type { Patient } from "./patient";

/** Checks that need both an Engine and settings. */
const OF_HOST = ["disk", "memory", "images", "proxy", "ports"];

/** The Engine, and what of it the stack needs. */
export async function examineHost({ configuration, settings }: Patient): Promise<Finding[]> {
	const version = await engineVersion();
	const engine = judgeEngine(version, dockerHost(), versions.engine.minimum);
	if ("why" in version) return [engine, ...unseen("the Engine does not answer")];
	if ("why" in configuration || "why" in settings)
		return [engine, ...unseen("why" in settings ? settings.why : "")];
	return [engine, ...(await examineRoom(configuration.known, settings.known))];
}

function unseen(why: string): Finding[] {
	return OF_HOST.map((check) => finding(check, "unknown", why));
}

async function examineRoom(
	{ name, project, prefix }: StackConfiguration,
	settings: Settings,
): Promise<Finding[]> {
	const stack = `${project}/${name.split("/").at(-1)}`;
	const proxy = proxyName(prefix);
	const needs = needsOf(settings, await deployedNow(stack, prefix), prefix);
	const [host, caddy, ports] = await Promise.all([
		peekHost({ stack, proxy, images: imagesToSee(needs) }, DOCKER_MS),
		runningCaddy(proxy),
		seePorts(settings, stack),
	]);
	const running = await withUse(host.running, (present) => memoryUse(needs, present));
	return [...judgeHost(needs, settings.proxy.image, { ...host, running, caddy }), ...judgePorts(ports)];
}

async function withUse(
	running: Fact<{ present: readonly string[] }>,
	use: (present: readonly string[]) => Promise<Record<string, number>>,
) {
	if ("why" in running) return running;
	const { present } = running.known;
	return { known: { present, usedBytes: await use(present) } };
}

/** As the program reads it in every run; nothing where the host does not show a release. */
async function deployedNow(stack: string, prefix: string): Promise<Deployed> {
	const host = await observeHost(stack, proxyName(prefix));
	if (host?.switchValue === undefined || host.releases === undefined) return NOTHING_DEPLOYED;
	const { switchValue, releases } = host;
	return deployedOn({ ...host, switchValue, releases }, prefix).deployed;
}

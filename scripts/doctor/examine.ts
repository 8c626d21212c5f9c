import { type Finding, finding } from "../../components/doctor/finding";
import { plugins, versions } from "../set-up/versions";
import { engineClock } from "./gather/engine";
import { directoryOf, lookUp, namesFor, serverClock } from "./gather/network";
import { locksOf, pendingOperations } from "./gather/state";
import { cliVersion, installedPlugins, pulumiPackages } from "./gather/tools";
import { within } from "./gather/within";
import { examineHost } from "./host";
import { judgeClock } from "./judge/clock";
import { judgeNames } from "./judge/names";
import { judgeSettings } from "./judge/settings";
import { judgeLocks, judgePending } from "./judge/state";
import { judgeCli, judgePackages, judgePlugins } from "./judge/tools";
import { PART_MS, type Patient } from "./patient";

/** One kind of questions, asked beside the others. */
interface Part {
	readonly title: string;
	readonly examine: (patient: Patient) => Promise<Finding[]>;
}

/** In the order in which people read what was found. */
export const PARTS: readonly Part[] = [
	{ title: "Docker host", examine: examineHost },
	{ title: "names and clocks", examine: examineNetwork },
	{ title: "Pulumi", examine: examineTools },
	{ title: "settings and state", examine: examineState },
];

/** Found by one part; a part that fails, which none should, is told of. */
export async function examinePart({ title, examine }: Part, patient: Patient): Promise<Finding[]> {
	const found = await within(PART_MS, examine(patient));
	return "known" in found ? found.known : [finding(title, "unknown", found.why)];
}

async function examineTools({ env }: Patient): Promise<Finding[]> {
	const [cli, installed, packages] = await Promise.all([
		cliVersion(env),
		installedPlugins(env),
		pulumiPackages(),
	]);
	return [
		judgeCli(cli, versions.pulumi.minimum),
		...judgePlugins(installed, plugins),
		...judgePackages(packages),
	];
}

async function examineState({ wanted, configuration }: Patient): Promise<Finding[]> {
	if ("why" in configuration) {
		const why = "the stack cannot be read";
		const locks = judgeLocks({ why }, wanted ?? "", 0);
		return [...judgeSettings(wanted, configuration), ...locks, judgePending({ why }, wanted ?? "")];
	}
	const stack = configuration.known;
	const [locks, pending] = await Promise.all([locksOf(stack), pendingOperations(stack)]);
	return [
		...judgeSettings(stack.name, { known: stack.settings }),
		...judgeLocks(locks, stack.name, Date.now()),
		judgePending(pending, stack.name),
	];
}

async function examineNetwork({ settings }: Patient): Promise<Finding[]> {
	if ("why" in settings)
		return [
			finding("dns", "unknown", `which hosts are served is not known: ${settings.why}`),
			judgeClock({ engineMs: await engineClock() }),
		];
	const { proxy } = settings.known;
	const directory = directoryOf(proxy.tls);
	const [names, engineMs, authority] = await Promise.all([
		Promise.all(namesFor(proxy).map((host) => lookUp(host))),
		engineClock(),
		directory === undefined ? undefined : serverClock(directory),
	]);
	const own = proxy.tls.mode === "acme" && proxy.tls.directory !== undefined;
	const kind = directory === undefined ? undefined : own ? "private" : "public";
	return [...judgeNames(names, kind), judgeClock({ engineMs, ...(authority && { authority }) })];
}

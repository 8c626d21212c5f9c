import type { CommandCheck } from "../../plan/own-checks";
import { exec } from "../docker/exec";
import { durationText, messageOf } from "../report";
import { type Ended, Overdue, runLocally } from "./local-command";
import type { Fault, Subject, Way } from "./types";

const LAST_LINES = 20;
const LONGEST_LINE = 500;

/** Runs a command; exit code 0 passes. Never throws. */
export async function askCommand(
	subject: Subject,
	way: Way,
	check: CommandCheck,
): Promise<Fault | undefined> {
	const place = subject.targets.find(({ service }) => service === check.service)?.container;
	if (check.service !== undefined && place === undefined)
		return {
			text: `${subject.color} has no container of ${check.service} to run ${check.command.join(" ")} in`,
		};
	const what = `${check.command.join(" ")} ${place === undefined ? "on this machine" : `in ${place}`}`;
	const start = performance.now();
	const after = () => durationText(performance.now() - start);
	try {
		const { exitCode, output } =
			place === undefined
				? await runLocally(check.command, variables(subject, way, subject.proxy.url), check.deadlineMs)
				: await runInside(subject, way, place, check);
		if (exitCode === 0) return undefined;
		const end = exitCode === undefined ? "was ended by a signal" : `ended with exit code ${exitCode}`;
		return { text: [`${what} ${end} after ${after()}`, ...printed(output)].join("\n"), ...on(check) };
	} catch (error) {
		const text =
			error instanceof Overdue
				? [`${what} was ended after ${after()}, at its deadline`, ...printed(error.output)].join("\n")
				: `${what}: ${messageOf(error)}`;
		return { text, ...on(check) };
	}
}

async function runInside(
	subject: Subject,
	way: Way,
	container: string,
	{ command, deadlineMs }: CommandCheck,
): Promise<Ended> {
	const { container: proxy, url } = subject.proxy;
	const { protocol, port } = new URL(url);
	// The published address is one of the Docker host; from the services' network the proxy has another.
	const env = variables(subject, way, `${protocol}//${proxy}${port === "" ? "" : `:${port}`}`);
	const { exitCode, stdout, stderr } = await exec(subject.engine, container, command, env, deadlineMs);
	return { exitCode, output: `${stdout}${stderr}` };
}

/** What every command finds in its environment. */
function variables({ color, version, proxy }: Subject, { token }: Way, url: string): Record<string, string> {
	return {
		URL: url,
		PREVIEW_HEADER: proxy.preview?.header ?? "",
		PREVIEW_TOKEN: token,
		COLOR: color,
		VERSION: version,
		...(proxy.host !== undefined && { HOST: proxy.host }),
	};
}

function printed(output: string): string[] {
	const lines = output.split("\n").filter((line) => line.trim() !== "");
	if (lines.length === 0) return ["  it printed nothing"];
	return ["  it printed:", ...lines.slice(-LAST_LINES).map((line) => `    ${line.slice(0, LONGEST_LINE)}`)];
}

function on({ service }: CommandCheck): Pick<Fault, "service"> {
	return service === undefined ? {} : { service };
}

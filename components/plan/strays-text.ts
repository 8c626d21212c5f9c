import type { HostContainer } from "./deployed";
import { LABEL } from "./names";
import { type HostStack, servingColors } from "./strays";

/** What people read where a Docker host and a stack's state disagree; see `compare`. */

interface StackNames {
	readonly name: string;
	/** Value of the label `blue-green.stack`: "shop/prod". */
	readonly label: string;
	readonly prefix: string;
}

export function removalText(names: readonly string[], preview: boolean): string {
	const list = names.join(", ");
	const what = preview
		? `an interrupted \`pulumi up\` has left behind ${list}, which the state does not know and nobody uses; the next \`pulumi up\` removes them first`
		: `removed what an interrupted \`pulumi up\` had left behind, unknown to the state and used by nobody: ${list}`;
	return `${what}. Pulumi's warning of pending operations ends with: pulumi refresh --clear-pending-creates`;
}

export function missingText(names: readonly string[]): string {
	return `the state has ${names.join(", ")}, the Docker host does not. What this does not bring back comes back with: pulumi up --refresh`;
}

export function stateLostText({ name, label, prefix }: StackNames, host: HostStack): string {
	const filter = `--filter label=blue-green.stack=${label}`;
	return [
		`The state of stack ${name} is empty, but ${label} runs on this Docker host: ${host.containers.length} containers. ${servesText(host)} Nothing was touched.`,
		"Either this is another backend than the one that the stack was deployed with (pulumi whoami --verbose), or its state is lost.",
		"Next, where the backend is a folder that keeps backups (.state is the default; take the newest that is not empty):",
		`  cp .state/.pulumi/backups/${label}/<newest>.json .state/.pulumi/stacks/${label}.json`,
		"  pulumi refresh && pulumi up",
		"Or from an export of the state, wherever it is kept:",
		"  pulumi stack import --file <export> && pulumi refresh && pulumi up",
		"Or, where there is none, remove what runs and begin anew. That is an outage, and the last line deletes the databases' data:",
		`  docker rm --force $(docker ps --all --quiet ${filter})`,
		`  docker network rm ${prefix}-app ${prefix}-data`,
		`  docker volume rm $(docker volume ls --quiet ${filter})`,
	].join("\n");
}

export function inUseText({ name }: StackNames, host: HostStack, inUse: readonly HostContainer[]): string {
	const one = inUse.length === 1;
	const names = inUse.map((container) => container.name).join(" ");
	return [
		`The state of stack ${name} does not know ${inUse.length} ${one ? "container that is" : "containers that are"} in use. ${servesText(host)} Nothing was touched.`,
		...inUse.map((container) => `  ${container.name} (${describe(container)})`),
		"Either an `up` was interrupted while it made them, or the state is older than what runs (pulumi stack history).",
		`Next, where the state is right, let \`pulumi up\` make ${one ? "it" : "them"} anew. Volumes stay, other replicas serve meanwhile; without any, it is an outage of seconds:`,
		`  docker stop ${names} && docker rm ${names} && pulumi up --refresh`,
	].join("\n");
}

function servesText({ switchValue }: HostStack): string {
	const colors = servingColors(switchValue);
	return colors.length === 0 ? "Nothing serves yet." : `${colors.join(" and ")} serves, and goes on.`;
}

function describe({ labels, status }: HostContainer): string {
	const color = labels[LABEL.color];
	const what = color === undefined ? labels[LABEL.role] : `${color} ${labels[LABEL.version] ?? ""}`;
	return `${what}, ${status}`;
}

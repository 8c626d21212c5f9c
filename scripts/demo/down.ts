import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import Docker from "dockerode";
import { parse } from "yaml";
import { LABEL } from "../../components/plan/names";
import { projectFolder, toolEnvironment } from "../lib/environment";
import { Problem } from "../lib/problem";
import { pulumi, STACK, stackNames } from "./pulumi";
import { heading } from "./words";

/**
 * Removes the demo's stack, its containers, networks, volumes and data, its settings and its state. Nothing else on the
 * machine: images and tools stay.
 * @param yes do not ask; without a terminal nobody is asked anyway.
 * @throws Problem when Pulumi fails or something of the stack is still there afterwards.
 */
export async function takeDown(yes: boolean): Promise<void> {
	if (!existsSync(join(projectFolder, ".state"))) {
		console.log("There is nothing to remove: the demo has no state here.");
		return;
	}
	if (!yes && process.stdin.isTTY && !(await confirmed())) {
		console.log("Nothing was removed.");
		return;
	}
	heading("Remove the sample shop, its databases and their data");
	const stacks = await stackNames();
	if (stacks.includes(STACK)) {
		// The databases are protected, so that no ordinary `pulumi up` or `destroy` can lose data.
		await pulumi("state", "unprotect", "--all", "--yes", "--stack", STACK).catch(resume);
		await pulumi("destroy", "--yes", "--stack", STACK).catch(resume);
		await pulumi("stack", "rm", "--yes", "--stack", STACK).catch(resume);
	}
	rmSync(join(projectFolder, `Pulumi.${STACK}.yaml`), { force: true });
	await removeData();
	const left = await leftovers();
	const others = stacks.filter((name) => name !== STACK);
	if (others.length === 0) {
		rmSync(join(projectFolder, ".state"), { recursive: true });
		rmSync(join(projectFolder, ".passphrase"), { force: true });
	}

	heading("What is left");
	if (others.length > 0)
		console.log(
			`The state folder .state and its passphrase stay: other stacks use them (${others.join(", ")}).`,
		);
	if (left.length > 0)
		throw new Problem(
			`These still carry the stack's label:\n${left.map((command) => `  ${command.what}`).join("\n")}\nTo remove them:\n${left.map((command) => `  ${command.remove}`).join("\n")}`,
		);
	console.log(`Nothing of the stack: no container, network or volume carries its label.
Images and tools stay, so that the next run starts quickly. To remove them too:
  docker image rm $(docker image ls --quiet --filter "reference=blue-green-local/*")
  rm -r "\${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-docker-blue-green"
A new start: npm run demo`);
}

async function confirmed(): Promise<boolean> {
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	const answer = await terminal.question(
		"Remove the sample shop, its databases and all their data, and the stack's state? [y/N] ",
	);
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}

function resume(error: Error): never {
	throw new Problem(
		`${error.message}\nOnce that is mended, this goes on where it stopped: npm run demo -- --down`,
	);
}

interface Leftover {
	what: string;
	/** The command that removes it. */
	remove: string;
}

/** The databases' volumes outlive their resources on purpose. One that is in use stays, and is told of as left. */
async function removeData(): Promise<void> {
	const { engine, filters } = stackOnEngine();
	const label = [...filters.label, `${LABEL.role}=database`];
	const { Volumes: volumes } = await engine.listVolumes({ filters: { label } });
	for (const { Name } of volumes ?? [])
		await engine
			.getVolume(Name)
			.remove()
			.catch(() => undefined);
}

/** The Engine, and what finds all that carries this stack's label. */
function stackOnEngine() {
	const settings = parse(readFileSync(join(projectFolder, "Pulumi.yaml"), "utf8")) as { name: string };
	Object.assign(process.env, { DOCKER_HOST: toolEnvironment().DOCKER_HOST ?? "" });
	return { engine: new Docker(), filters: { label: [`${LABEL.stack}=${settings.name}/${STACK}`] } };
}

async function leftovers(): Promise<Leftover[]> {
	const { engine, filters } = stackOnEngine();
	const [containers, networks, { Volumes: volumes }] = await Promise.all([
		engine.listContainers({ all: true, filters }),
		engine.listNetworks({ filters }),
		engine.listVolumes({ filters }),
	]);
	return [
		...containers.map(({ Names, Id }) =>
			leftover("container", Names[0]?.slice(1) ?? Id, "docker rm --force"),
		),
		...networks.map(({ Name }) => leftover("network", Name, "docker network rm")),
		...(volumes ?? []).map(({ Name }) => leftover("volume", Name, "docker volume rm")),
	];
}

function leftover(kind: string, name: string, command: string): Leftover {
	return { what: `${kind} ${name}`, remove: `${command} ${name}` };
}

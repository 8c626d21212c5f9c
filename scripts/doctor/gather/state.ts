import { readdir, readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import path from "node:path";
import type { Fact } from "../../../components/doctor/finding";
import { factOf } from "../../../components/runtime/host-facts";
import { projectFolder } from "../../lib/environment";
import type { Lock, PendingOperation } from "../judge/state";
import { pulumi } from "./tools";

interface StackName {
	readonly project: string;
	readonly name: string;
	readonly env: NodeJS.ProcessEnv;
}

/** Of a backend in a folder: its files. Pulumi's service tells of an update by itself; others cannot be asked without one. */
export function locksOf(stack: StackName): Promise<Fact<Lock[]>> {
	return factOf(readLocks(stack));
}

async function readLocks({ project, name, env }: StackName): Promise<Lock[]> {
	const who = await pulumi("asking for the backend", env, ["whoami", "--json"]);
	const { url } = JSON.parse(who) as { url: string };
	if (url.startsWith("file://")) return readLockFiles(lockFolder(url, project, name));
	if (!/^https?:/.test(url))
		throw new Error(
			`only an \`up\` sees the locks of ${schemeOf(url)}; one that was left behind goes with pulumi cancel`,
		);
	const text = await pulumi("listing the stacks", env, ["stack", "ls", "--json"]);
	const stacks = JSON.parse(text) as { name: string; updateInProgress?: boolean }[];
	const found = stacks.find(
		(one) => one.name === name || one.name.split("/").at(-1) === name.split("/").at(-1),
	);
	if (found?.updateInProgress !== true) return [];
	return [{ holder: "an update that the backend tells of" }];
}

/** Without what may be secret in an address. */
function schemeOf(url: string): string {
	return `${url.split("://")[0]}://…`;
}

/** Where a backend in a folder keeps them. `url` may be "file://~" or relative to the project. */
function lockFolder(url: string, project: string, stack: string): string {
	const plain = decodeURIComponent(url.slice("file://".length).split("?")[0] ?? "");
	const folder = path.resolve(projectFolder, plain.replace(/^~(?=\/|$)/, homedir()));
	const name = stack.split("/").at(-1) ?? stack;
	return path.join(folder, ".pulumi", "locks", "organization", project, name);
}

async function readLockFiles(folder: string): Promise<Lock[]> {
	const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
	const texts = await Promise.all(
		files
			.filter((file) => file.endsWith(".json"))
			// One that is let go of meanwhile is none.
			.map((file) => readFile(path.join(folder, file), "utf8").catch(() => undefined)),
	);
	return texts.flatMap((text) => (text === undefined ? [] : lockIn(text)));
}

function lockIn(text: string): Lock {
	const {
		pid,
		username,
		hostname: host,
		timestamp,
	} = JSON.parse(text) as {
		pid: number;
		username: string;
		hostname: string;
		timestamp: string;
	};
	const lock = { holder: `process ${pid} of ${username} on ${host}`, sinceMs: Date.parse(timestamp) };
	return host === hostname() ? { ...lock, alive: isAlive(pid) } : lock;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// Somebody else's, but there.
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}

/** What an interrupted `up` had begun, by the stack's state. */
export function pendingOperations({ name, env }: StackName): Promise<Fact<PendingOperation[]>> {
	const asked = pulumi("reading the state", env, ["stack", "export", "--stack", name]);
	return factOf(asked.then(pendingIn));
}

function pendingIn(exported: string): PendingOperation[] {
	const { deployment } = JSON.parse(exported) as {
		deployment: { pending_operations?: { type: string; resource: { urn: string } }[] } | null;
	};
	return (deployment?.pending_operations ?? []).map(({ type, resource }) => ({
		type,
		name: resource.urn.split("::").at(-1) ?? resource.urn,
	}));
}

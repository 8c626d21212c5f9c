import type { HostContainer, LabelledThing } from "../../plan/deployed";
import { LABEL } from "../../plan/names";
import type { HostImage } from "../../plan/pins";
import { call, callHere, isHere } from "./call";
import type { ExecResult } from "./exec";
import { framesOf } from "./frames";

/**
 * The text of a small file in a container, running or not; undefined where there is none.
 * For what runs in every preview: no process in the container.
 */
export async function peekFile(container: string, path: string): Promise<string | undefined> {
	const query = `/containers/${encodeURIComponent(container)}/archive?path=${encodeURIComponent(path)}`;
	const { status, body } = await call("GET", query);
	if (status === 404) return undefined;
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	return firstFileOf(body);
}

/** All containers with this value of the label `blue-green.stack`, running or not. */
export async function peekContainers(stack: string): Promise<HostContainer[]> {
	const found = await list<
		{
			Id: string;
			Names: string[];
			State: string;
			Labels: Record<string, string>;
			Ports: { IP?: string; PublicPort?: number }[];
		}[]
	>("/containers/json?all=1", stack);
	return found.map(({ Id, Names, State, Labels, Ports }) => ({
		id: Id,
		name: Names[0]?.slice(1) ?? "",
		status: State,
		labels: Labels,
		published: Ports.flatMap(({ IP, PublicPort }) => (PublicPort === undefined ? [] : `${IP}:${PublicPort}`)),
	}));
}

/** What one container is made of; undefined where there is none of that name. */
export async function peekContainer(
	name: string,
): Promise<{ id: string; imageId: string; labels: Readonly<Record<string, string>> } | undefined> {
	const { status, body } = await call("GET", `/containers/${encodeURIComponent(name)}/json?`);
	if (status === 404) return undefined;
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	const { Id, Image, Config } = JSON.parse(body.toString("utf8")) as {
		Id: string;
		Image: string;
		Config?: { Labels?: Record<string, string> };
	};
	return { id: Id, imageId: Image, labels: Config?.Labels ?? {} };
}

/** All images that have a name. */
export async function peekImages(): Promise<HostImage[]> {
	const { status, body } = await call("GET", "/images/json?");
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	const found = JSON.parse(body.toString("utf8")) as {
		Id: string;
		RepoTags: string[] | null;
		RepoDigests: string[] | null;
	}[];
	return found.map(({ Id, RepoTags, RepoDigests }) => ({
		id: Id,
		tags: RepoTags ?? [],
		digests: RepoDigests ?? [],
	}));
}

/** All networks with this value of the label `blue-green.stack`. */
export async function peekNetworks(stack: string): Promise<{ id: string; name: string }[]> {
	const found = await list<{ Id: string; Name: string }[]>("/networks?", stack);
	return found.map(({ Id, Name }) => ({ id: Id, name: Name }));
}

/**
 * What a command prints that is run in a container. It is to be read only, and nothing secret: anybody who may ask Docker
 * sees the command.
 *
 * @throws Error where it cannot be run, or has not ended in time.
 */
export async function peekRun(
	container: string,
	command: readonly string[],
	timeoutMs = 10_000,
): Promise<ExecResult> {
	if (!isHere()) {
		const { Engine } = require("./engine") as typeof import("./engine");
		const { exec } = require("./exec") as typeof import("./exec");
		return exec(new Engine(), container, command, {}, timeoutMs);
	}
	const post = async (path: string, body: object, wanted: number): Promise<Buffer> => {
		const answer = await callHere("POST", path, timeoutMs, body);
		if (answer.status !== wanted)
			throw new Error(`Docker answered ${answer.status}: ${answer.body.toString("utf8").trim()}`);
		return answer.body;
	};
	const what = { Cmd: command, AttachStdout: true, AttachStderr: true };
	const made = await post(`/containers/${encodeURIComponent(container)}/exec`, what, 201);
	const { Id } = JSON.parse(made.toString("utf8")) as { Id: string };
	const frames = framesOf(await post(`/exec/${Id}/start`, { Detach: false, Tty: false }, 200));
	const ended = await call("GET", `/exec/${Id}/json`);
	const { ExitCode } = JSON.parse(ended.body.toString("utf8")) as { ExitCode: number | null };
	const printed = (wanted: "stdout" | "stderr") =>
		frames.flatMap(({ stream, text }) => (stream === wanted ? text : [])).join("");
	return { exitCode: ExitCode ?? -1, stdout: printed("stdout"), stderr: printed("stderr") };
}

interface VolumeList {
	readonly Volumes: { Name: string; Labels: Record<string, string> | null }[] | null;
}

/** All volumes with this value of the label `blue-green.stack`. */
export async function peekVolumes(stack: string): Promise<LabelledThing[]> {
	const { Volumes } = await list<VolumeList>("/volumes?", stack);
	return (Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
}

/** Container and volume of these names, whosesoever they are. @throws Error where the host does not answer. */
export async function peekNamed(container: string, volume: string): Promise<LabelledThing[]> {
	const filters = encodeURIComponent(JSON.stringify({ name: [volume] }));
	const [found, { status, body }] = await Promise.all([
		peekContainer(container),
		call("GET", `/volumes?filters=${filters}`),
	]);
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	const { Volumes } = JSON.parse(body.toString("utf8")) as VolumeList;
	return [
		...(found === undefined ? [] : [{ name: container, labels: found.labels }]),
		...(Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} })),
	];
}

/** Names of the containers, running or not, that have this volume. */
export async function peekUsers(volume: string): Promise<string[]> {
	const filters = encodeURIComponent(JSON.stringify({ volume: [volume] }));
	const { status, body } = await call("GET", `/containers/json?all=1&filters=${filters}`);
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	const found = JSON.parse(body.toString("utf8")) as { Names: string[] }[];
	return found.map(({ Names }) => Names[0]?.slice(1) ?? "");
}

async function list<T>(path: string, stack: string): Promise<T> {
	const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.stack}=${stack}`] }));
	const { status, body } = await call("GET", `${path}&filters=${filters}`);
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	return JSON.parse(body.toString("utf8")) as T;
}

/** A tar archive begins with a header of 512 bytes that holds the size, in octal, at byte 124; the file follows. */
function firstFileOf(archive: Buffer): string {
	const size = Number.parseInt(archive.subarray(124, 136).toString("latin1"), 8);
	return archive.subarray(512, 512 + size).toString("utf8");
}

import type { HostContainer, LabelledThing } from "../../plan/deployed";
import { LABEL } from "../../plan/names";
import { call } from "./call";

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

/** All networks with this value of the label `blue-green.stack`. */
export async function peekNetworks(stack: string): Promise<{ id: string; name: string }[]> {
	const found = await list<{ Id: string; Name: string }[]>("/networks?", stack);
	return found.map(({ Id, Name }) => ({ id: Id, name: Name }));
}

/** All volumes with this value of the label `blue-green.stack`. */
export async function peekVolumes(stack: string): Promise<LabelledThing[]> {
	const { Volumes } = await list<{
		Volumes: { Name: string; Labels: Record<string, string> | null }[] | null;
	}>("/volumes?", stack);
	return (Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
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

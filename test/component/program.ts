import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

/** One resource as a program registered it with Pulumi's engine. */
export interface Registered {
	readonly type: string;
	readonly name: string;
	readonly urn: string;
	/** Secrets are shown as their values; see `secretInputs`. */
	readonly inputs: Readonly<Record<string, unknown>>;
	/** Inputs of which a part is secret to Pulumi. */
	readonly secretInputs: readonly string[];
	/** "type name" of the parent; empty for the stack itself. */
	readonly parent: string;
	/** "type name" of all that it waits for. */
	readonly dependencies: readonly string[];
	readonly protect: boolean;
	readonly retainOnDelete: boolean;
	/** Undefined where the program leaves it to the provider. */
	readonly deleteBeforeReplace: boolean | undefined;
	readonly ignoreChanges: readonly string[];
}

export interface Run<T> {
	readonly resources: readonly Registered[];
	readonly outputs: T;
	/** What the program told the person. */
	readonly said: readonly string[];
	/** Functions of the engine that it called. */
	readonly asked: readonly string[];
}

export interface Situation {
	/** Configuration of the stack, as people write it. */
	readonly config?: Readonly<Record<string, unknown>>;
	readonly secretKeys?: readonly string[];
	/** Outputs of resources in the state by URN, as the engine tells of them. */
	readonly state?: Readonly<Record<string, { type: string; outputs: object }>>;
	/** What the last good `up` exported. */
	readonly exports?: Readonly<Record<string, unknown>>;
	/** How many calls of the engine fail before one is answered. */
	readonly failingCalls?: number;
	/** Whether it is a preview. */
	readonly preview?: boolean;
	/** Names of resources that are made anew: their ids are not known in a preview. */
	readonly made?: readonly string[];
	/** What resources answer beside their inputs, by name. */
	readonly answers?: Readonly<Record<string, object>>;
	/** DOCKER_HOST. Default: an Engine on another machine, which does not answer. */
	readonly dockerHost?: string;
}

/** The part of the engine's request that is looked at. */
interface Request {
	getType(): string;
	getName(): string;
	getParent(): string;
	getDependenciesList(): string[];
	getProtect(): boolean;
	getRetainondelete(): boolean;
	getDeletebeforereplace(): boolean;
	getDeletebeforereplacedefined(): boolean;
	getIgnorechangesList(): string[];
	getObject(): never;
}

export const IMAGE = "docker:index/remoteImage:RemoteImage";
export const CONTAINER = "docker:index/container:Container";
export const VOLUME = "docker:index/volume:Volume";
export const NETWORK = "docker:index/network:Network";
export const PASSWORD = "random:index/randomPassword:RandomPassword";

/** Runs a program against a made engine: real Pulumi SDK, no provider, project "shop", stack "prod". */
export async function run<T>(program: () => Promise<T>, situation: Situation = {}): Promise<Run<T>> {
	const {
		config = {},
		secretKeys = [],
		state = {},
		exports = {},
		answers = {},
		made = [],
		failingCalls = 0,
	} = situation;
	const asked: string[] = [];
	await pulumi.runtime.setMocks(
		{
			newResource: ({ type, name, inputs }) => ({
				id: made.includes(name) ? "" : `id-of-${name}`,
				state: { ...inputs, ...outputsOf(type, name, inputs), ...answers[name] },
			}),
			call: ({ token }) => {
				asked.push(token);
				if (asked.length <= failingCalls) throw new Error("failed to load checkpoint: EOF");
				if (token === "pulumi:pulumi:readStackOutputs") return { outputs: exports };
				if (token !== "pulumi:pulumi:readStackResourceOutputs")
					throw new Error(`unexpected call of ${token}`);
				return { outputs: state };
			},
		},
		"shop",
		"prod",
		situation.preview ?? false,
	);
	const texts = Object.entries(config).map(([key, value]) => [
		`shop:${key}`,
		typeof value === "object" ? JSON.stringify(value) : String(value),
	]);
	const keys = secretKeys.map((key) => `shop:${key}`);
	pulumi.runtime.setAllConfig(Object.fromEntries(texts), keys);
	process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(keys);
	// Neither an Engine of the machine of the tests nor its ports in use are of any concern: by its address this one is
	// elsewhere, and nothing listens there.
	process.env.DOCKER_HOST = situation.dockerHost ?? "tcp://127.0.0.1:1";

	const resources = recorded();
	const said: string[] = [];
	const { log, warn } = console;
	// Without an engine to tell it to, Pulumi's log goes to the console.
	console.log = (line: unknown) => void said.push(String(line).replace("info: [runtime] ", ""));
	console.warn = (line: unknown) => void said.push(String(line).replace("warning: [runtime] ", ""));
	try {
		let outputs: T | undefined;
		await pulumi.runtime.runInPulumiStack(async () => {
			outputs = await program();
			return outputs;
		});
		await pulumi.runtime.disconnect();
		return { resources, outputs: outputs as T, said, asked };
	} finally {
		console.log = log;
		console.warn = warn;
	}
}

/** Runs index.ts, loaded as Pulumi's language host loads it: see `nodeargs` in Pulumi.yaml. */
export function runStack(situation: Situation): Promise<Run<Record<string, pulumi.Input<unknown>>>> {
	const load = createRequire(__filename);
	load("pulumi-docker-blue-green/quick-start.cjs");
	const program: unknown = load("../../index.ts");
	return run(program as () => Promise<Record<string, pulumi.Input<unknown>>>, situation);
}

/** The one resource of this type and name. */
export function find(resources: readonly Registered[], type: string, name: string): Registered {
	const found = resources.filter((one) => one.type === type && one.name === name);
	if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} times ${type} ${name}`);
	return found[0];
}

/** Records what is registered from here on, in order. */
function recorded(): Registered[] {
	const resources: Registered[] = [];
	const monitor = pulumi.runtime.getMonitor() as unknown as {
		registerResource(request: Request, callback: (...answer: unknown[]) => void): Promise<void>;
	};
	const register = monitor.registerResource.bind(monitor);
	monitor.registerResource = (request, callback) =>
		register(request, (error, response) => {
			if (!error) resources.push(registered(request, (response as { getUrn(): string }).getUrn()));
			callback(error, response);
		});
	return resources;
}

function registered(request: Request, urn: string): Registered {
	const inputs = pulumi.runtime.deserializeProperties(request.getObject()) as Record<string, unknown>;
	return {
		type: request.getType(),
		name: request.getName(),
		urn,
		inputs: revealed(inputs) as Record<string, unknown>,
		secretInputs: Object.keys(inputs).filter((key) => hasSecret(inputs[key])),
		parent: shortName(request.getParent()),
		dependencies: request.getDependenciesList().map(shortName).sort(),
		protect: request.getProtect(),
		retainOnDelete: request.getRetainondelete(),
		deleteBeforeReplace: request.getDeletebeforereplacedefined()
			? request.getDeletebeforereplace()
			: undefined,
		ignoreChanges: request.getIgnorechangesList(),
	};
}

/** "docker:index/container:Container shop-prod-proxy" of a URN; nothing of the stack's own. */
function shortName(urn: string): string {
	const [, , types = "", name = ""] = urn.split("::");
	const type = types.split("$").at(-1) ?? "";
	return type === "pulumi:pulumi:Stack" || type === "" ? "" : `${type} ${name}`;
}

function hasSecret(value: unknown): boolean {
	if (pulumi.runtime.isRpcSecret(value)) return true;
	return typeof value === "object" && value !== null && Object.values(value).some(hasSecret);
}

function revealed(value: unknown): unknown {
	if (pulumi.runtime.isRpcSecret(value)) return revealed(pulumi.runtime.unwrapRpcSecret(value));
	if (Array.isArray(value)) return value.map(revealed);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

function outputsOf(type: string, name: string, inputs: Record<string, unknown>): object {
	if (type === IMAGE) return { imageId: `sha256:of-${name}` };
	if (type === PASSWORD) return { result: pulumi.secret(`hush-${name}`) };
	if (type.endsWith(":HealthGate"))
		return { result: "ready", lastRun: { startedAt: "2026-11-21T10:00:00.000Z", durationMs: 1 } };
	if (type.endsWith(":Cutover")) {
		const standbyColor = inputs.active === "blue" ? "green" : "blue";
		const lastCutover = { to: inputs.active, toVersion: "1.0.0", stages: [] };
		return {
			activeColor: inputs.active,
			activeVersion: "1.0.0",
			standbyColor,
			standbyVersion: "",
			lastCutover,
		};
	}
	return {};
}

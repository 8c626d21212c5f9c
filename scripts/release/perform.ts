import { type EngineEvent, LocalWorkspace } from "@pulumi/pulumi/automation";
import { deployedIn, type StateResource } from "../../components/plan/deployed";
import { proxyName } from "../../components/plan/names";
import { peekTraffic } from "../../components/runtime/caddy/peek";
import { durationText, messageOf } from "../../components/runtime/report";
import { readStack, type StackOfBackups } from "../backup/stack";
import {
	agreed,
	EXIT,
	type ExitCode,
	exitCodeOf,
	isReadable,
	onInterrupt,
	type StackOptions,
	Unchanged,
} from "../lib/command";
import { projectFolder } from "../lib/environment";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";
import { StackConfig } from "../lib/stack-config";
import { blankedPreview } from "../preview/secrets";
import { runPreview } from "../preview/source";
import { messagesOf } from "../preview/warnings";
import { trafficOf } from "../trial/trial";
import type { Decision, Seen } from "./decide";
import { type Narration, narrate } from "./narrate";
import { type ReleaseOutputs, summaryText } from "./summary";

export interface PerformOptions extends StackOptions {
	readonly yes?: true;
	readonly json?: true;
}

/** What `--json` prints, once, at the end; times in ms. */
interface Document {
	command: "release" | "rollback";
	exitCode: ExitCode;
	stack?: string;
	plan?: Pick<Decision, "from" | "to" | "release"> & { commands: string[] };
	preview?: Omit<Narration, "text"> & { durationMs: number };
	up?: { durationMs: number; succeeded: boolean };
	outputs?: ReleaseOutputs;
	/** What the person reads where it did not come to its end. */
	problem?: string;
}

/** Looks, decides, sets the configuration, shows the preview, asks, and runs `up`. */
export async function perform(
	command: Document["command"],
	options: PerformOptions,
	decide: (seen: Seen) => Decision,
): Promise<void> {
	const document: Document = { command, exitCode: EXIT.done };
	// With --json, standard output holds the document and nothing else.
	const say = (text: string) => void (options.json ? console.error(text) : console.log(text));
	try {
		await performOn(document, options, decide, say);
	} catch (error) {
		if (!options.json || !isReadable(error)) throw error;
		document.exitCode = exitCodeOf(error);
		document.problem = error.message;
		process.exitCode = document.exitCode;
		console.error(`\n${error.message}`);
	}
	if (options.json) console.log(JSON.stringify(document, null, "\t"));
}

async function performOn(
	document: Document,
	options: PerformOptions,
	decide: (seen: Seen) => Decision,
	say: (text: string) => void,
): Promise<void> {
	if (!options.yes && !process.stdin.isTTY)
		throw new Unchanged("Nobody can be asked here. Nothing was changed. Next: the same with --yes");
	const stack = await readStack(options.stack);
	const decision = decide(await look(stack));
	const interrupted = onInterrupt();
	const { from, to, release } = decision;
	const lines = decision.commands.map((words) => `pulumi ${words.join(" ")} --stack ${stack.name}`);
	document.stack = stack.name;
	document.plan = { from, to, release, commands: [...lines, `pulumi up --stack ${stack.name}`] };
	const config = StackConfig.of(stack.name);
	try {
		for (const [index, words] of decision.commands.entries()) {
			say(`$ ${lines[index]}`);
			await run("pulumi", [...words, "--stack", stack.name], {
				what: "setting the configuration",
				cwd: projectFolder,
				env: stack.env,
				signal: interrupted,
			}).finally(() => config.changed());
		}
		say(`$ pulumi preview --stack ${stack.name}`);
		const narration = await preview(stack, interrupted, document);
		say(`\n${narration.text}\n`);
		if (!options.yes && !(await agreed(options.json ? process.stderr : process.stdout)))
			throw new Unchanged("No.");
		interrupted.throwIfAborted();
	} catch (error) {
		const back = config.putBack()
			? "The configuration is as it was before; nothing else was touched."
			: "Somebody has changed the configuration meanwhile, so it stays as it is; nothing else was touched.";
		const reason = interrupted.aborted ? "Interrupted." : messageOf(error);
		throw new Unchanged(`${reason}\n${back}`, { cause: error });
	}
	document.outputs = await up(stack, decision, document, say);
	say(summaryText(document.outputs, document.up?.durationMs ?? 0));
}

async function look(stack: StackOfBackups): Promise<Seen> {
	const text = await run("pulumi", ["stack", "export", "--stack", stack.name], {
		what: `reading the state of stack ${stack.name}`,
		cwd: projectFolder,
		env: stack.env,
	});
	const { deployment } = JSON.parse(text) as {
		deployment: { resources?: { urn: string; type: string; outputs?: Record<string, unknown> }[] };
	};
	const resources: Record<string, StateResource> = Object.fromEntries(
		(deployment.resources ?? []).map(({ urn, type, outputs = {} }) => [urn, { type, outputs }]),
	);
	const deployed = deployedIn(resources, stack.prefix);
	// Before the first `up` there is no proxy to ask.
	const none = Object.keys(resources).every((urn) => !urn.endsWith(`::${proxyName(stack.prefix)}`));
	return { settings: stack.settings, deployed, traffic: none ? undefined : await trafficOf(stack) };
}

async function preview(
	stack: StackOfBackups,
	interrupted: AbortSignal,
	document: Document,
): Promise<Narration> {
	const began = performance.now();
	const source = await runPreview(stack.name, stack.env, interrupted);
	const seen = source.preview && blankedPreview(source.preview);
	if (source.failed || seen === undefined) {
		const errors = seen === undefined ? [] : messagesOf(seen, "error");
		throw new Problem(`The preview failed:\n${(errors.length ? errors : [source.error ?? ""]).join("\n")}`);
	}
	const narration = narrate(seen);
	const { text: _, ...facts } = narration;
	document.preview = { ...facts, durationMs: Math.round(performance.now() - began) };
	return narration;
}

/** What Pulumi shows a person. It also sends what it writes to its log for its makers, with secrets in plain text. */
const SHOWN: ReadonlySet<string> = new Set(["info", "info#err", "warning"]);

async function up(
	{ name, env, prefix }: StackOfBackups,
	{ to }: Decision,
	document: Document,
	say: (text: string) => void,
): Promise<ReleaseOutputs> {
	say(`$ pulumi up --yes --skip-preview --stack ${name}`);
	// The Automation API looks for the CLI in this process's own PATH.
	process.env.PATH = env.PATH;
	const envVars = Object.fromEntries(
		Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
	);
	const workspace = await LocalWorkspace.selectStack(
		{ stackName: name, workDir: projectFolder },
		{ envVars },
	);
	const began = performance.now();
	const errors: string[] = [];
	const onEvent = ({ diagnosticEvent: said }: EngineEvent) => {
		// The steps' lines begin with a word for where they come from, which says nothing here.
		const text = said?.message
			.replaceAll(/<\{%.*?%\}>/g, "")
			.replace(/^info: \[runtime\] /, "")
			.trim();
		if (said === undefined || !text || said.ephemeral) return;
		if (said.severity === "error") errors.push(text);
		else if (SHOWN.has(said.severity)) say(`  ${text.replaceAll("\n", "\n  ")}`);
	};
	let failure: unknown;
	await workspace.up({ onEvent }).catch((error: unknown) => {
		failure = error;
	});
	const durationMs = Math.round(performance.now() - began);
	document.up = { durationMs, succeeded: failure === undefined };
	if (failure !== undefined) {
		const serves = await peekTraffic(proxyName(prefix)).then(
			({ serving }) => `Who serves now, as the proxy says: ${serving}.`,
			(error: unknown) => `Who serves now cannot be told: ${messageOf(error)}`,
		);
		throw new Problem(
			[
				`pulumi up failed after ${durationText(durationMs)}.`,
				...(errors.length > 0 ? errors : [messageOf(failure)]),
				serves,
				`The configuration stays: it wishes for ${to}. To go on: pulumi up --stack ${name}`,
				`To give up: npm run abort -- --stack ${name}`,
			].join("\n"),
		);
	}
	const outputs = await workspace.outputs();
	return Object.fromEntries(
		(
			[
				"url",
				"activeColor",
				"activeVersion",
				"standbyVersion",
				"lastCutover",
				"trial",
				"maintenance",
			] as const
		)
			.filter((key) => outputs[key] !== undefined && !outputs[key].secret)
			.map((key) => [key, outputs[key]?.value]),
	);
}

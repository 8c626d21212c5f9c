import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface FakeState {
	/** Labels by tag, of the images that are there. */
	images: Record<string, Record<string, string>>;
	/** What a pull does. */
	registry: "open" | "refused" | "silent";
	/** Tags whose build fails. */
	broken?: string[];
	engine?: "stopped";
}

// A command that knows images, pulls and builds, keeps its state in a file, and writes down every call. It is plain
// JavaScript, because it is started as a program of its own.
const program = `#!${process.execPath}
const fs = require("node:fs");
const [folder, args] = [__dirname, process.argv.slice(2)];
const load = () => JSON.parse(fs.readFileSync(folder + "/state.json", "utf8"));
const state = load();
const fail = (text) => { process.stderr.write(text + "\\n"); process.exit(1); };
fs.appendFileSync(folder + "/calls", args.join(" ") + "\\n");
const values = (name) => args.flatMap((arg, i) => (arg === name ? [args[i + 1]] : []));
function add(tag, labels) {
	// Builds run at the same time: every image is a file of its own.
	fs.writeFileSync(folder + "/images/" + encodeURIComponent(tag), JSON.stringify(labels));
}
const files = () => Object.fromEntries(fs.readdirSync(folder + "/images").map((name) =>
	[decodeURIComponent(name), JSON.parse(fs.readFileSync(folder + "/images/" + name, "utf8"))]));
if (state.engine === "stopped") fail("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.");
if (args[0] === "image") {
	const images = files();
	const [there, missing] = [args.slice(2).filter((tag) => images[tag]), args.slice(2).filter((tag) => !images[tag])];
	console.log(JSON.stringify(there.map((tag) => ({ Id: "sha256:" + tag, RepoTags: [tag], Config: { Labels: images[tag] } }))));
	for (const tag of missing) console.error("Error response from daemon: No such image: " + tag);
	process.exitCode = missing.length ? 1 : 0;
} else if (args[0] === "pull") {
	if (state.registry === "refused") fail("Error response from daemon: no such host");
	if (state.registry === "silent") setTimeout(() => {}, 60000);
	else { console.log("Pulling from library/" + args[1]); add(args[1], {}); }
} else if (args[0] === "build") {
	const [tag] = values("--tag");
	if ((state.broken || []).includes(tag)) fail("Step 3/9: no space left on device");
	add(tag, Object.fromEntries(values("--label").map((label) => label.split("="))));
} else if (args[0] === "buildx") process.exit(1);
else fail("unexpected: docker " + args.join(" "));
`;

/** A stand-in for the docker command, for what a test cannot ask of a real engine: a registry, a failure on demand. */
export class FakeDocker {
	constructor(
		readonly folder: string,
		{ images, ...state }: FakeState,
	) {
		mkdirSync(path.join(folder, "images"), { recursive: true });
		writeFileSync(path.join(folder, "docker"), program);
		chmodSync(path.join(folder, "docker"), 0o755);
		writeFileSync(path.join(folder, "state.json"), JSON.stringify(state));
		for (const [tag, labels] of Object.entries(images)) {
			writeFileSync(path.join(folder, "images", encodeURIComponent(tag)), JSON.stringify(labels));
		}
	}

	/** The builds, pulls and imports so far that begin with the given word; forgets all calls. */
	takeCalls(word: string): string[] {
		const file = path.join(this.folder, "calls");
		if (!existsSync(file)) return [];
		const calls = readFileSync(file, "utf8").trim().split("\n");
		writeFileSync(file, "");
		return calls.filter((call) => /^(build|pull|import) /.test(call) && call.startsWith(word));
	}
}

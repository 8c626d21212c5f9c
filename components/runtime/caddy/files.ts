import type { Engine } from "../docker/engine";
import { LineProcess } from "../docker/line-process";
import { StepError } from "../report";

/**
 * What runs in the proxy's container: takes "read PATH" and "write PATH TEXT", answers "text TEXT", "none", "done" or
 * "error REASON". Texts are in base64, so that no character of them means anything to the shell or ends a line.
 */
const FILE_SERVER = `
encoded() { base64 | tr -d '\\n'; }
answer() { printf '%s %s\\n' "$1" "$(printf %s "$2" | encoded)"; }
while read -r verb path text; do
	case $verb in
	read)
		if [ ! -e "$path" ]; then echo none
		elif reason=$(cat "$path" 2>&1 >/dev/null); then printf 'text %s\\n' "$(encoded <"$path")"
		else answer error "$reason"
		fi ;;
	write)
		if reason=$({ mkdir -p "\${path%/*}" && printf %s "$text" | base64 -d >"$path.new" && sync "$path.new" && mv -f "$path.new" "$path"; } 2>&1); then echo done
		else answer error "$reason"
		fi ;;
	esac
done`;

/** The files in the proxy's container that Caddy and the steps of a release read. */
export class ProxyFiles {
	private readonly server: LineProcess;

	constructor(
		engine: Engine,
		private readonly container: string,
	) {
		this.server = new LineProcess(engine, container, ["sh", "-c", FILE_SERVER]);
	}

	/**
	 * The text of a file; undefined where there is none.
	 * @throws StepError with what the container said.
	 */
	async read(path: string): Promise<string | undefined> {
		const { verb, text } = await this.ask(`read ${path}`);
		if (verb === "none") return undefined;
		if (verb === "text") return text;
		throw new StepError(`cannot read ${path} in ${this.container}: ${text.trim()}`);
	}

	/**
	 * Writes a file so that a reader sees the old text or the new, never a part: written beside, forced to disk, renamed.
	 * @throws StepError with what the container said (a read-only volume, a full disk).
	 */
	async write(path: string, text: string): Promise<void> {
		const answer = await this.ask(`write ${path} ${Buffer.from(text).toString("base64")}`);
		if (answer.verb !== "done")
			throw new StepError(`cannot write ${path} in ${this.container}: ${answer.text.trim()}`);
	}

	/** Ends the process in the container. */
	close(): void {
		this.server.close();
	}

	private async ask(line: string): Promise<{ verb: string; text: string }> {
		const [verb = "", encoded = ""] = (await this.server.ask(line)).split(" ");
		return { verb, text: Buffer.from(encoded, "base64").toString("utf8") };
	}
}

import { createHash } from "node:crypto";
import type { Engine } from "../docker/engine";
import { execWithInput } from "../docker/exec";
import { peekRun } from "../docker/peek";
import { type DatabaseLoginsInputs, NotYet, type Store } from "./store";

/**
 * What a login of the application may do: everything with all keys and channels, but what concerns the server itself or
 * everybody's data at once (FLUSHALL, CONFIG, SHUTDOWN, KEYS, ACL …); of that, only what common client libraries ask for.
 */
export const RULES =
	"~* &* +@all -@dangerous -@admin +info +sort +client|setname +client|getname +client|id +client|list";

const TIMEOUT_MS = 10_000;
/** Where the password of the user `default` stands in the container. */
export const PASSWORD_FILE = "/run/secrets/redis-password";
/** The password is read in the container: it is on no command line, and goes over no network. */
const CLI = [
	"sh",
	"-c",
	`REDISCLI_AUTH="$(cat ${PASSWORD_FILE})" exec redis-cli --no-auth-warning "$@"`,
	"cli",
];
const PASSING = /LOADING|Connection refused|Could not connect|BUSY/;

/** Redis's users, through redis-cli in the database's own container. */
export class RedisUsers implements Store {
	readonly name: string;

	/**
	 * @param olds Users that an earlier run has made.
	 * @param rules As Redis wrote them after an earlier run, by user: it orders and joins what it is given.
	 * @param engine Needed for `apply` only.
	 */
	constructor(
		private readonly inputs: DatabaseLoginsInputs,
		private readonly olds: readonly string[],
		private readonly rules: Readonly<Record<string, string>>,
		private readonly engine?: Engine,
	) {
		this.name = `Redis in ${inputs.container}`;
	}

	async drift(): Promise<string[]> {
		const users = usersIn(await this.look());
		const found = this.inputs.logins.flatMap((name) => {
			const seen = users.get(name);
			if (seen === undefined) return [`user ${name} is missing`];
			if (seen.hashes.join() !== this.hash(name)) return [`user ${name} has another password`];
			return seen.rules === this.rules[name] ? [] : [`user ${name} has other rights`];
		});
		return [...found, ...this.unwanted(users).map((name) => `user ${name} is not wanted any more`)];
	}

	async apply(): Promise<{ done: string[]; rules: Record<string, string> }> {
		const before = usersIn(await this.look());
		const unwanted = this.unwanted(before);
		await this.run([
			// Redis puts the new rights in place at once: sessions of the user go on.
			...this.inputs.logins.map((name) => `ACL SETUSER ${name} reset on #${this.hash(name)} ${RULES}`),
			...unwanted.map((name) => `ACL DELUSER ${name}`),
			"ACL SAVE",
		]);
		const after = usersIn(await this.look());
		const rules = this.inputs.logins.map((name) => [name, after.get(name)?.rules ?? ""] as const);
		const changed = this.inputs.logins.filter((name) => {
			const seen = before.get(name);
			return seen?.hashes.join() !== this.hash(name) || seen.rules !== after.get(name)?.rules;
		});
		return {
			done: [
				...changed.map((name) => `user ${name} is ${before.has(name) ? "mended" : "made"}`),
				...unwanted.map((name) => `user ${name} is not wanted any more: dropped`),
			],
			rules: Object.fromEntries(rules),
		};
	}

	/** Only those of an earlier run: users have no comment that says who made them. */
	private unwanted(users: ReadonlyMap<string, unknown>): string[] {
		return this.olds.filter((name) => users.has(name) && !this.inputs.logins.includes(name));
	}

	private hash(user: string): string {
		return createHash("sha256")
			.update(this.inputs.passwords[user] ?? "")
			.digest("hex");
	}

	private async look(): Promise<string> {
		const command = [...CLI, "ACL", "LIST"];
		const { stdout, stderr } = await peekRun(this.inputs.container, command, TIMEOUT_MS);
		if (!stdout.startsWith("user ")) throw failure(stdout + stderr);
		return stdout;
	}

	private async run(commands: readonly string[]): Promise<void> {
		if (this.engine === undefined) throw new Error("users are changed through an Engine");
		const input = [...commands, "QUIT"].map((command) => `${command}\n`).join("");
		const ran = await execWithInput(this.engine, this.inputs.container, CLI, input, TIMEOUT_MS);
		const answers = ran.stdout.trim().split("\n");
		// One answer for each, OK or a number; what is wrong is said in words, without what was given.
		const wrong = answers.filter((line) => line !== "" && !/^(OK|\d+)$/.test(line));
		if (wrong.length > 0 || ran.stderr.trim() !== "" || answers.length < commands.length)
			throw failure([...wrong, ran.stderr].join("\n"));
	}
}

interface UserSeen {
	readonly hashes: readonly string[];
	/** The rest of its line, without the hashes of its passwords, in alphabetical order. */
	readonly rules: string;
}

/** Lines of ACL LIST: "user app on sanitize-payload #<hash> ~* &* -@all +get". */
function usersIn(list: string): Map<string, UserSeen> {
	const lines = list.split("\n").filter((line) => line.startsWith("user "));
	return new Map(
		lines.map((line) => {
			const [, name = "", ...words] = line.trim().split(" ");
			const hashes = words.filter((word) => word.startsWith("#")).map((word) => word.slice(1));
			// Their order differs from one start of the server to the next.
			const rules = words.filter((word) => !word.startsWith("#")).sort();
			return [name, { hashes, rules: rules.join(" ") }];
		}),
	);
}

function failure(text: string): Error {
	const shown = text.trim().replaceAll(/#?[0-9a-f]{64}/g, "…") || "redis-cli said nothing";
	return PASSING.test(shown) ? new NotYet(shown) : new Error(shown);
}

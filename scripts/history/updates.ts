import type { Color } from "../../components/settings/schema";

/** One entry of Pulumi's own history of a stack, as far as it matters here. */
export interface PulumiUpdate {
	/** Unset: the backend does not number its updates (a folder does not). */
	readonly version?: number;
	readonly startedAtMs: number;
	readonly endedAtMs: number;
	readonly succeeded: boolean;
	/** That of `--message`, or the first line of the commit's. */
	readonly message?: string;
	/** Of the program, first 7 digits. */
	readonly commit?: string;
	/** There were changes that no commit has. */
	readonly dirty: boolean;
	readonly activeColor?: Color;
	readonly versions: Readonly<Partial<Record<Color, string>>>;
}

interface Raw {
	readonly version?: number;
	readonly kind?: string;
	readonly startTime?: string;
	readonly endTime?: string;
	readonly result?: string;
	readonly message?: string;
	readonly environment?: Readonly<Record<string, string>>;
	readonly config?: Readonly<
		Record<string, { readonly value?: string; readonly objectValue?: unknown } | undefined>
	>;
}

/**
 * The `up`s of `pulumi stack history --json`, oldest first; those that still run are left out.
 * @throws SyntaxError where it is not JSON.
 */
export function readUpdates(text: string, project: string): PulumiUpdate[] {
	const all = JSON.parse(text) as readonly Raw[];
	return all
		.filter(({ kind, endTime }) => kind === "update" && endTime !== undefined)
		.map((raw) => updateOf(raw, project))
		.sort((a, b) => a.startedAtMs - b.startedAtMs);
}

function updateOf(
	{ version, startTime = "", endTime = "", result, message, environment = {}, config = {} }: Raw,
	project: string,
): PulumiUpdate {
	const active = config[`${project}:activeColor`]?.value;
	const commit = environment["git.head"]?.slice(0, 7);
	const [first = ""] = (message ?? "").split("\n");
	return {
		...(version !== undefined && version > 0 && { version }),
		startedAtMs: Date.parse(startTime),
		endedAtMs: Date.parse(endTime),
		succeeded: result === "succeeded",
		...(first !== "" && { message: first }),
		...(commit && { commit }),
		dirty: environment["git.dirty"] === "true",
		...((active === "blue" || active === "green") && { activeColor: active }),
		versions: versionsIn(config[`${project}:colors`]?.objectValue),
	};
}

function versionsIn(colors: unknown): PulumiUpdate["versions"] {
	const all = (colors ?? {}) as Readonly<Partial<Record<Color, { readonly version?: unknown }>>>;
	const of = (color: Color) => {
		const version = all[color]?.version;
		return version === undefined ? {} : { [color]: String(version) };
	};
	return { ...of("blue"), ...of("green") };
}

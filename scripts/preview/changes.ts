import { labelOf, nameOf, type Preview, type Resource, type Step } from "./preview";

export const KINDS = ["created", "changed", "replaced", "removed"] as const;
export type Kind = (typeof KINDS)[number];

export const GROUPS = ["Containers", "Databases", "Steps", "Others"] as const;
export type Group = (typeof GROUPS)[number];

/** What becomes of one resource; nothing of its properties but their names. */
export interface Change {
	readonly kind: Kind;
	readonly group: Group;
	readonly name: string;
	/** "Container". */
	readonly type: string;
	/** Names of the properties that differ; of a replacement those that are the reason for it. */
	readonly properties: readonly string[];
	readonly protect: boolean;
	/** Before the `up`: its color, where it is a container of one. */
	readonly color?: string;
	/** What it is there for: service, database, proxy, … */
	readonly role?: string;
	/** Of a database: its name in the settings. */
	readonly database?: string;
}

/** One replacement has several steps; operations that are not named here change nothing (same, read, refresh). */
const KIND_OF: Readonly<Record<string, Kind>> = {
	create: "created",
	import: "created",
	update: "changed",
	replace: "replaced",
	"create-replacement": "replaced",
	"delete-replaced": "replaced",
	"import-replacement": "replaced",
	delete: "removed",
};

const CONTAINER = "docker:index/container:Container";
const STEP_TYPES = /^(pulumi-nodejs:dynamic\/blueGreen:|command:)/;

/** What the `up` would do, in the order of the preview: one entry for each resource. Components and providers are left out. */
export function changesOf({ steps }: Preview): Change[] {
	const byUrn = new Map<string, Step[]>();
	for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
	return [...byUrn.values()].flatMap((all) => changeOf(all) ?? []);
}

function changeOf(steps: readonly Step[]): Change | undefined {
	const step = steps.find(({ op }) => op in KIND_OF);
	const kind = step && KIND_OF[step.op];
	const old = steps.find(({ oldState }) => oldState)?.oldState;
	const state = steps.find(({ newState }) => newState)?.newState ?? old;
	if (
		step === undefined ||
		kind === undefined ||
		!state?.custom ||
		state.type.startsWith("pulumi:providers:")
	)
		return undefined;
	const [color, role, database] = (["color", "role", "database"] as const).map((label) =>
		labelOf(old ?? state, label),
	);
	const reasons = kind === "replaced" ? "replaceReasons" : "diffReasons";
	return {
		kind,
		group: groupOf(state, role),
		name: nameOf(step),
		type: state.type.split(":").at(-1) ?? state.type,
		properties: [...new Set(steps.flatMap((one) => one[reasons]))].filter((name) => !name.startsWith("__")),
		protect: (old ?? state).protect,
		...(color !== undefined && { color }),
		...(role !== undefined && { role }),
		...(database !== undefined && { database }),
	};
}

function groupOf({ type }: Resource, role: string | undefined): Group {
	if (STEP_TYPES.test(type)) return "Steps";
	if (type !== CONTAINER) return "Others";
	return role === "database" ? "Databases" : "Containers";
}

export function countOf(changes: readonly Change[], group: Group, kind: Kind): number {
	return changes.filter((change) => change.group === group && change.kind === kind).length;
}

import type { PhrasingContent, RootContent } from "mdast";
import { type Change, changesOf, countOf, GROUPS, KINDS } from "../preview/changes";
import { type Preview, stackOf } from "../preview/preview";
import { blankedPreview, secretValues, withoutSecrets } from "../preview/secrets";
import { type Traffic, trafficOf } from "../preview/traffic";
import { messagesOf, type Part, warningsOf } from "../preview/warnings";
import { caddyfileDiff } from "./caddyfile";
import { block, code, folded, html, list, paragraph, table, words, write } from "./markdown";

/** GitHub's limit for a comment is 65,536 characters; bytes are never fewer. */
export const LIMIT_BYTES = 65_536;

export interface CommentOptions {
	/** Names the stack where the preview does not: "shop/prod". */
	readonly stack: string;
	/** What was said where there is no preview at all; or beside one that failed. */
	readonly error?: string;
	readonly failed: boolean;
	readonly limitBytes?: number;
}

/** The line by which a stack's comment is found again, which nobody sees. It is the last one of the comment. */
export function markerOf(stack: string): string {
	return `<!-- blue-green preview of ${encodeURIComponent(stack).replaceAll("-", "%2D")} -->`;
}

/**
 * The comment on a preview, as Markdown for GitHub. What matters comes first and is never cut; details are folded, and cut
 * where there is no room for them, which the comment then says.
 *
 * @param given undefined: `pulumi preview` has not got that far.
 */
export function renderComment(given: Preview | undefined, options: CommentOptions): string {
	const { limitBytes = LIMIT_BYTES } = options;
	const { preview, error } = blanked(given, options.error ?? "");
	const stack = stackOf(preview) ?? options.stack;
	const marker = html(markerOf(stack));
	const head = options.failed ? failedHead(stack) : headOf(preview, stack);
	const details = detailsOf(preview, error, options.failed);
	const fixed = [...head, paragraph(words(CUT)), marker];
	const room = limitBytes - bytesOf(fixed) - "\n".length;
	const { nodes, whole } = fitting(details, room);
	return write([...head, ...nodes, ...(whole ? [] : [paragraph(words(CUT))]), marker]);
}

const CUT =
	"Cut, to stay within the 65,536 characters that GitHub allows for a comment. All of it: pulumi preview --diff";

/** No text that goes into a comment holds a secret, wherever in it. */
function blanked(preview: Preview | undefined, error: string): { preview: Preview; error: string } {
	const values = secretValues(preview?.whole);
	const nothing: Preview = { steps: [], diagnostics: [], whole: undefined };
	return {
		preview: preview === undefined ? nothing : blankedPreview(preview),
		error: withoutSecrets(error, values),
	};
}

function failedHead(stack: string): RootContent[] {
	return [
		heading("Traffic: unknown, because the preview failed"),
		paragraph(words("Stack "), code(stack), words(". Nothing was touched; what was wrong stands below.")),
	];
}

function headOf(preview: Preview, stack: string): RootContent[] {
	const traffic = trafficOf(preview);
	const changes = changesOf(preview);
	const warnings = warningsOf(preview, changes, traffic).map((warning) => warning.map(partOf));
	return [
		title(traffic),
		paragraph(words("Stack "), code(stack), words("."), ...trafficWords(traffic)),
		...countsOf(changes),
		...stepsThatRun(changes),
		...warningList(warnings),
	];
}

function partOf(part: Part): PhrasingContent {
	return typeof part === "string" ? words(part) : code(part.verbatim, part.longest);
}

function title({ colors, versions }: Traffic): RootContent {
	return heading(
		`Traffic: ${colors}`,
		...(versions === "" ? [] : [words(" ("), ...versionWords(versions), words(")")]),
	);
}

/** As plain words where they can mean nothing else; a version is free text. */
function versionWords(versions: string): PhrasingContent[] {
	return /^[A-Za-z0-9.+-]+( → [A-Za-z0-9.+-]+)?$/.test(versions) && versions.length < 100
		? [words(versions)]
		: [code(versions, 100)];
}

function heading(text: string, ...more: PhrasingContent[]): RootContent {
	return { type: "heading", depth: 1, children: [words(text), ...more] };
}

function trafficWords({ moves, now, steps, maintenance }: Traffic): PhrasingContent[] {
	return [
		...(now === undefined || moves ? [] : [words(" Serves: "), code(now), words(".")]),
		...(steps === undefined ? [] : [words(" How: "), code(steps), words(".")]),
		...(maintenance === undefined ? [] : [words(" Visitors: "), code(maintenance)]),
	];
}

function countsOf(changes: readonly Change[]): RootContent[] {
	const things = changes.filter(({ group }) => group !== "Steps");
	if (things.length === 0) return [paragraph(words("Nothing is created, changed, replaced or removed."))];
	const rows = GROUPS.filter((group) => group !== "Steps").map((group) => [
		group,
		...KINDS.map((kind) => countOf(changes, group, kind)),
	]);
	const shown = rows.filter(([, ...counts]) => counts.some((count) => count !== 0));
	return [
		table([
			["", ...KINDS.map((kind) => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`)],
			...shown.map(([group, ...counts]) => [
				String(group),
				...counts.map((count) => (count === 0 ? "" : String(count))),
			]),
		]),
	];
}

/** A step is no thing: whether its resource is created, changed or replaced, it runs. */
function stepsThatRun(changes: readonly Change[]): RootContent[] {
	const names = changes
		.filter(({ group, kind }) => group === "Steps" && kind !== "removed")
		.map(({ name }) => name);
	if (names.length === 0) return [];
	const shown = names
		.slice(0, MOST_STEPS)
		.flatMap((name, index) => [words(index === 0 ? "" : ", "), code(name)]);
	const rest = names.length > MOST_STEPS ? ` and ${names.length - MOST_STEPS} more.` : ".";
	return [paragraph(words("Steps that run: "), ...shown.slice(1), words(rest))];
}

const MOST_STEPS = 20;

/** More would bury those above them, and no cut may ever reach the first ones. */
const MOST_WARNINGS = 30;

function warningList(warnings: readonly PhrasingContent[][]): RootContent[] {
	if (warnings.length === 0) return [];
	const more = warnings.length - MOST_WARNINGS;
	const rest = more > 0 ? [[words(`and ${more} more; see the messages and the names below`)]] : [];
	return [paragraph(words("Warnings:")), list([...warnings.slice(0, MOST_WARNINGS), ...rest])];
}

/** A part that may be cut: lines in a fence, under a summary. */
interface Detail {
	readonly summary: string;
	/** Of the code block. */
	readonly lang: string | null;
	readonly lines: readonly string[];
	/** Shown without a click. */
	readonly open?: boolean;
}

/** The most wanted first: where there is no room for all, the last ones are cut. */
function detailsOf(preview: Preview, error: string, failed: boolean): Detail[] {
	const errors = [...messagesOf(preview, "error"), error.trim()].filter((text) => text !== "");
	const messages = ["warning", "info"].flatMap((severity) => messagesOf(preview, severity));
	return [
		...lines("The error", errors.length === 0 && failed ? ["Pulumi did not say why."] : errors, true),
		...(failed ? [] : [...caddyfile(preview), ...names(preview)]),
		...lines("Messages of the preview", messages),
	];
}

/** A longer line would be left out as a whole where there is no room for it. */
const LONGEST_LINE = 1_000;

function lines(summary: string, texts: readonly string[], open = false): Detail[] {
	if (texts.length === 0) return [];
	const all = texts.join("\n\n").split("\n");
	const cut = all.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
	return [{ summary, lang: "text", lines: cut, open }];
}

function caddyfile(preview: Preview): Detail[] {
	const diff = caddyfileDiff(preview);
	if (diff === undefined) return [];
	const { added, removed, first, lines } = diff;
	const reload = first ? "" : "; a reload closes connections that clients keep";
	return [{ summary: `Caddyfile: +${added} −${removed} lines${reload}`, lang: "diff", lines }];
}

const SIGN = { created: "+", changed: "~", replaced: "!", removed: "-" } as const;

function names(preview: Preview): Detail[] {
	const changes = changesOf(preview);
	if (changes.length === 0) return [];
	const lines = GROUPS.flatMap((group) => {
		const own = KINDS.flatMap((kind) =>
			changes
				.filter((one) => one.group === group && one.kind === kind)
				// The order of the preview is that of steps, and for all else an accident.
				.sort((a, b) => (group === "Steps" ? 0 : a.name.localeCompare(b.name))),
		);
		return own.length === 0 ? [] : [`@@ ${group} @@`, ...own.map(nameLine)];
	});
	return [
		{
			summary: `Names (${changes.length}): + created, ~ changed, ! replaced, - removed`,
			lang: "diff",
			lines,
		},
	];
}

function nameLine({ kind, name, type, properties }: Change): string {
	const why = properties.length === 0 || kind === "created" ? "" : `: ${properties.join(", ")}`;
	return `${SIGN[kind]} ${name} (${type}${why})`.replaceAll(/\s+/g, " ");
}

/** As much as there is room for. */
function fitting(details: readonly Detail[], roomBytes: number): { nodes: RootContent[]; whole: boolean } {
	let room = roomBytes;
	let whole = true;
	const nodes: RootContent[] = [];
	for (const detail of details) {
		const count = mostLines(detail, room);
		if (count < detail.lines.length) whole = false;
		if (count === 0) continue;
		const part = detailNodes(detail, count);
		room -= bytesOf(part) + "\n".length;
		nodes.push(...part);
	}
	return { nodes, whole };
}

/** How many of its first lines fit, found by halving. */
function mostLines(detail: Detail, roomBytes: number): number {
	const fits = (count: number) => bytesOf(detailNodes(detail, count)) + "\n".length <= roomBytes;
	if (fits(detail.lines.length)) return detail.lines.length;
	let [low, high] = [0, detail.lines.length];
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (fits(middle)) low = middle;
		else high = middle;
	}
	return low;
}

function detailNodes({ summary, lang, lines, open = false }: Detail, count: number): RootContent[] {
	const left = lines.length - count;
	const content: RootContent[] = [block(lines.slice(0, count), lang)];
	if (left > 0) content.push(paragraph(words(`… and ${left} more lines.`)));
	return open ? [paragraph(words(`${summary}:`)), ...content] : folded(summary, content);
}

function bytesOf(nodes: readonly RootContent[]): number {
	return Buffer.byteLength(write(nodes));
}

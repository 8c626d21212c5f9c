import { styleText } from "node:util";

/** What a text is, for whoever paints it. */
export type Tone = "ill" | "drift" | "well" | "heading" | "faint";
/** Makes a text look like what it is. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = { ill: "red", drift: "yellow", well: "green", heading: "bold", faint: "dim" } as const;

/** Leaves all as it is: for pipes and files. */
export const PLAIN: Paint = (_, text) => text;
/** Whether that is wanted, whoever calls has decided. */
export const COLORED: Paint = (tone, text) => styleText(STYLES[tone], text, { validateStream: false });

/** Colors only where somebody sees them and has not forbidden them (https://no-color.org). */
export function isColored(
	{ isTTY }: { readonly isTTY?: boolean },
	env: NodeJS.ProcessEnv = process.env,
): boolean {
	return isTTY === true && !env.NO_COLOR;
}

export function paintFor(stream: { readonly isTTY?: boolean }, env?: NodeJS.ProcessEnv): Paint {
	return isColored(stream, env) ? COLORED : PLAIN;
}

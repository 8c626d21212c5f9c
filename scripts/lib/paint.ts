import { styleText } from "node:util";

/** What a text is, for whoever paints it. */
export type Tone = "ill" | "drift" | "well" | "heading" | "faint";
/** Makes a text look like what it is. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = { ill: "red", drift: "yellow", well: "green", heading: "bold", faint: "dim" } as const;

/** Leaves all as it is: for pipes and files. */
export const PLAIN: Paint = (_, text) => text;
export const COLORED: Paint = (tone, text) => styleText(STYLES[tone], text);

/** Colors only where somebody sees them and has not forbidden them (https://no-color.org). */
export function paintFor(
	{ isTTY }: { readonly isTTY?: boolean },
	env: NodeJS.ProcessEnv = process.env,
): Paint {
	return isTTY && !env.NO_COLOR ? COLORED : PLAIN;
}

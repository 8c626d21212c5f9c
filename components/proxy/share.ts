import { COLORS, type Color, otherColor, type Strategy } from "../settings/schema";
import { logged } from "./access-log";
import { sendTo } from "./color-routes";
import { indent } from "./lines";
import { SWITCH_FILE, type Trial } from "./switch-file";

/**
 * How a request finds its color where both have a share of the traffic: the last case of the Caddyfile.
 *
 * A visitor who has been met before says so by a cookie and stays with the color; everybody else is divided by chance. What
 * the cookie says is a random text of this trial and this color, which stands in the switch file: nobody can guess it, it
 * means nothing to the next trial, and no secret stands in the Caddyfile.
 *
 * A request to a color of which no replica can be reached goes to the other one: nothing of it has been sent by then, so a
 * POST with its body goes as well as a GET.
 */

/** What the share block has to know of the settings. */
export interface Sharing extends Pick<Strategy, "only" | "sticky"> {
	/** Whether Caddy logs the requests of a trial, for the watch to count. Unset: it does not; see `access-log.ts`. */
	readonly counted?: boolean;
}

const COOKIE = "blue-green";
/** Letters and digits of a visit: one half for each color. */
const HALF = 16;
const TRIAL_PATTERN = `-to-(blue|green)-([a-z0-9]{${HALF}})([a-z0-9]{${HALF}})`;
/** What a value without a trial says; no cookie of ours is that short. */
const UNSAID = "-";

/** The cookie of a visitor who belongs to the color on trial, for a `Cookie` header. */
export function visitCookie({ to, visit }: Trial): string {
	return `${COOKIE}=${to === "blue" ? visit.slice(0, HALF) : visit.slice(HALF, 2 * HALF)}`;
}

export function shareBlock({ only, sticky, counted }: Sharing): string[] {
	const logs = (color: Color) => (counted ? indent(logged(color)) : []);
	return [
		"# On trial: which color, and what the cookies of its visitors and of the others say.",
		"map {http.request.scheme} {trial_secure} {",
		'\thttps "; Secure"',
		'\tdefault ""',
		"}",
		`map {file.${SWITCH_FILE}} {trial_to} {trial_blue} {trial_green} {`,
		`\t~${TRIAL_PATTERN} $1 $2 $3`,
		`\tdefault ${Array(3).fill(UNSAID).join(" ")}`,
		"}",
		"route {",
		...indent([
			"# Shared: a request belongs to green when its random id sorts before the value in the switch file.",
			`vars green_below {file.${SWITCH_FILE}}`,
			"@by_chance expression `{http.request.uuid} < {http.vars.green_below}`",
			...decide("by_chance", "green"),
			...COLORS.flatMap((color) => [
				`@was_${color} vars {http.request.cookie.${COOKIE}} {trial_${color}}`,
				...decide(`was_${color}`, color),
			]),
			...onlyBlock(only),
			...(sticky ? meet(only) : []),
			"@to_green vars shared_color green",
			"handle @to_green {",
			...logs("green"),
			`\t${sendTo("green", "once")}`,
			"}",
			"handle {",
			"\tvars shared_color blue",
			...logs("blue"),
			`\t${sendTo("blue", "once")}`,
			"}",
		]),
		"}",
	];
}

function decide(matcher: string, color: Color): string[] {
	return [`vars @${matcher} shared_color ${color}`];
}

/** Who is sent to the color on trial whatever the share. */
function onlyBlock(only: Sharing["only"]): string[] {
	if (only === undefined) return [];
	return [...onlyMatcher(only), "vars @only {", "\tshared_color {trial_to}", "\tby_rule yes", "}"];
}

function onlyMatcher({ header, cookie, value }: NonNullable<Sharing["only"]>): string[] {
	const rule =
		header === undefined ? `vars {http.request.cookie.${cookie}} ${value}` : `header ${header} ${value}`;
	return ["@only {", ...indent([rule, `not vars {trial_to} ${UNSAID}`]), "}"];
}

/** A visitor who comes for the first time is told which color to come back to, by the answer of that color. */
function meet(only: Sharing["only"]): string[] {
	const known = [
		`not vars {trial_to} ${UNSAID}`,
		`not vars {http.request.cookie.${COOKIE}} {trial_blue} {trial_green}`,
		...(only === undefined ? [] : ["not vars by_rule yes"]),
	];
	return COLORS.flatMap((color) => [
		`@new_${color} {`,
		...indent([...known, color === "green" ? "vars shared_color green" : "not vars shared_color green"]),
		"}",
		`header @new_${color} {`,
		`\t+Set-Cookie "${COOKIE}={trial_${color}}; Path=/; HttpOnly; SameSite=Lax{trial_secure}"`,
		// Only where that color has answered.
		"\tdefer",
		"}",
	]);
}

/** Cases of the error routes: the color that was chosen cannot be reached, so the other one is asked. */
export function otherColorBlock({ counted }: Sharing): string[] {
	return COLORS.flatMap((color) => [
		`@lost_${color} {`,
		`\tvars shared_color ${color}`,
		// Nothing was sent: neither an answer that broke off nor a request that was cut, which may have done its work.
		'\texpression `{http.error.message}.startsWith("dial ") || {http.error.message} == "no upstreams available"`',
		"}",
		`handle @lost_${color} {`,
		// Of what a line says twice, the last counts.
		...(counted ? indent(logged(otherColor(color), color)) : []),
		`\t${sendTo(otherColor(color), "wait")}`,
		"}",
	]);
}

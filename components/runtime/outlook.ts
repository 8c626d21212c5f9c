import type { Color, Maintenance } from "../settings/schema";
import { PAGE_IS_SHOWN, type Serving } from "./caddy/world";
import { nextAfter } from "./next";

/** Who serves where traffic has not been moved to `to`, as one sentence for an error. */
export function whoServes(to: Color, now: Serving, maintained: Maintenance): string {
	if (now === "none") return "Nothing serves yet: no color has been released.";
	const page = maintained === "on" ? ` ${PAGE_IS_SHOWN}` : "";
	if (now === "shared") return `Traffic was not moved: blue and green share it.${page}`;
	return `${now === to ? `${now} serves.` : `Traffic was not moved: ${now} keeps serving.`}${page}`;
}

/** The same with what comes next. */
export function unmoved(to: Color, now: Serving, maintained: Maintenance): string {
	const next = now === "none" ? "Next: mend it, then `pulumi up`." : nextAfter(to);
	return `${whoServes(to, now, maintained)}\n${next}`;
}

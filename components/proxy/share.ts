import { SWITCH_FILE } from "./switch-file";

/** How a request finds its color where both have a share of the traffic: the last case of the Caddyfile. */
export function shareBlock(): string[] {
	return [
		"# Shared: a request belongs to green when its random id sorts before the value in the switch file.",
		`vars green_below {file.${SWITCH_FILE}}`,
		"@shared expression `{http.request.uuid} < {http.vars.green_below}`",
		"handle @shared {",
		"\timport green",
		"}",
		"handle {",
		"\timport blue",
		"}",
	];
}

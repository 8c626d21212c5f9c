import { indent } from "./lines";
import { pageAnswer } from "./pages";
import { MAINTENANCE_PATTERN, SWITCH_FILE } from "./switch-file";

/** A page instead of either color, for a switch file that says so: begins and ends with a rename, like a release. */
export function maintenanceBlock(): string[] {
	return [
		"# Maintenance: nobody is passed on. What is in flight ends as it would have.",
		`@maintenance vars_regexp {file.${SWITCH_FILE}} ${MAINTENANCE_PATTERN}`,
		"handle @maintenance {",
		...indent(pageAnswer("maintenance", "503")),
		"}",
	];
}

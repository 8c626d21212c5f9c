import type { Maintenance } from "../settings/schema";

/** What a person reads in every run in which visitors get, or got, the page of maintenance; undefined: there is nothing to say. */
export function maintenanceText(before: Maintenance, after: Maintenance): string | undefined {
	if (before === "off" && after === "off") return undefined;
	if (before === "off")
		return "maintenance: off → on. Visitors get a page with status 503; no container is touched.";
	if (after === "off") return "maintenance: on → off. Visitors get the product again.";
	return "maintenance is on: visitors get a page with status 503. To end it: pulumi config set maintenance off && pulumi up";
}

import { isSwitch, type ReleaseSeen } from "./release";

/** @returns what is wrong with a run that both moves traffic and replaces a database; undefined: nothing. */
export function databaseChangeWithSwitch(release: ReleaseSeen): string | undefined {
	const changes = Object.entries(release.databaseChanges).map(([name, why]) => `${name} (${why})`);
	if (!isSwitch(release) || changes.length === 0) return undefined;
	return (
		`traffic goes from ${release.servedBefore} to ${release.active} in the same run that replaces ${changes.join(", ")}: ` +
		"if something fails, nobody knows which of the two it was, and the way back is not the old color alone.\n" +
		`Next: pulumi config set activeColor ${release.servedBefore === "shared" ? "<the color that served>" : release.servedBefore} && pulumi up, then the release.`
	);
}

/** @returns what is wrong with a switch forward that nothing of the user's own checks; undefined: nothing. */
export function checksMissing(release: ReleaseSeen): string | undefined {
	if (!isSwitch(release) || !release.forward || release.ownChecks > 0) return undefined;
	return (
		`traffic goes from ${release.servedBefore} to ${release.active}, and no smoke check asks anything of the new color first.\n` +
		"Next: pulumi config set --path 'checks[0].path' /api/products"
	);
}

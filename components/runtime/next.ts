import { type Color, otherColor } from "../settings/schema";

/** The command that gives all traffic to `color`: a release given up, or a rollback. */
export function activate(color: Color): string {
	return `pulumi config set activeColor ${color} && pulumi up`;
}

/** The commands that come next after `failed`, the color that was to become active, did not make it. */
export function nextAfter(failed: Color): string {
	return `${mend(failed)}\nOr give up: ${activate(otherColor(failed))}`;
}

/** The commands that come next where `failed` is not to serve yet. */
export function nextOnStandby(failed: Color): string {
	return `${mend(failed)}\nUntil then every \`pulumi up\` waits for ${failed} and says so; traffic is not concerned.`;
}

function mend(failed: Color): string {
	return `Next: mend what it needs, or give it another version (pulumi config set --path colors.${failed}.version <version>), then: pulumi up`;
}

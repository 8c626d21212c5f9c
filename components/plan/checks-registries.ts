import { type Problem, setCommand } from "../settings/problems";
import type { Settings } from "../settings/schema";

/** The password of a registry has to be there. */
export function checkRegistries({
	registries,
	secrets,
}: Pick<Settings, "registries" | "secrets">): Problem[] {
	return Object.entries(registries).flatMap(([registry, { password }]) => {
		if (Object.hasOwn(secrets, password)) return [];
		return {
			path: ["registries", registry, "password"],
			reason: `there is no secret ${password}. Allowed: a name under secrets.`,
			fix: [setCommand(["secrets", password], "<value>")],
		};
	});
}

import { namesSecret, webhooksOf } from "../settings/notify";
import { type Problem, setCommand } from "../settings/problems";
import type { Settings } from "../settings/schema";

/** A webhook's address may be the name of a secret; then that has to be there. */
export function checkNotify({ notify, secrets }: Pick<Settings, "notify" | "secrets">): Problem[] {
	return webhooksOf(notify).flatMap(({ url }, index) => {
		if (!namesSecret(url) || Object.hasOwn(secrets, url)) return [];
		return {
			path: Array.isArray(notify) ? ["notify", index, "url"] : ["notify", "url"],
			reason: `there is no secret ${url}. Allowed: an address such as https://example.com/hook, or a name under secrets.`,
			fix: [setCommand(["secrets", url], "<value>")],
		};
	});
}

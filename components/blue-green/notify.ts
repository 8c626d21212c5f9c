import * as pulumi from "@pulumi/pulumi";
import { stackLabel } from "../labels";
import type { NotifyInputs } from "../runtime/steps";
import { type Notify, namesSecret, webhooksOf } from "../settings/notify";

/**
 * Who is told of a switch, as the cutover takes it; secret as a whole, because the address of a webhook may be as good as a
 * password. Undefined: nobody.
 *
 * @throws pulumi.RunError where a webhook names a secret that is not given.
 */
export function notifyInputs(
	settings: Notify,
	secrets: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Output<NotifyInputs> | undefined {
	const webhooks = webhooksOf(settings);
	if (webhooks.length === 0) return undefined;
	const addresses = webhooks.map(({ url }) => {
		const address = namesSecret(url) ? secrets[url] : url;
		if (address === undefined) throw new pulumi.RunError(`notify: there is no secret ${url}. Give it in \`secrets\`.`);
		return address;
	});
	return pulumi.secret(
		pulumi.all(addresses).apply((urls) => ({
			stack: stackLabel(),
			webhooks: webhooks.map((webhook, index) => ({ ...webhook, url: urls[index] ?? "" })),
		})),
	);
}

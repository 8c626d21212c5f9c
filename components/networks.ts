import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "./labels";

/**
 * The two networks of a stack: `app` for the proxy and the services, and `data`, which has no way out of the host,
 * for the databases and the services that use them.
 */
export class Networks extends pulumi.ComponentResource {
	readonly app: pulumi.Output<string>;
	readonly data: pulumi.Output<string>;

	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(prefix: string, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:Networks", prefix, {}, opts);
		const network = (name: string, internal: boolean) =>
			new docker.Network(
				`${prefix}-${name}`,
				{ name: `${prefix}-${name}`, internal, labels: labels({ role: "network" }) },
				{ parent: this },
			);
		this.app = network("app", false).name;
		this.data = network("data", true).name;
		this.registerOutputs({ app: this.app, data: this.data });
	}
}

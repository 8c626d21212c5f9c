import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../labels";
import { backupsVolume } from "../plan/names";

/**
 * The volume that backups are kept in. Protected, and it stays on the host when the stack goes: it may be all that is left.
 * Made also where the settings name a folder, so that going from one to the other removes nothing.
 */
export class Backups extends pulumi.ComponentResource {
	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(prefix: string, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:Backups", prefix, {}, opts);
		const name = backupsVolume(prefix);
		new docker.Volume(
			name,
			{ name, labels: labels({ role: "backups" }) },
			{ parent: this, protect: true, retainOnDelete: true },
		);
		this.registerOutputs({});
	}
}

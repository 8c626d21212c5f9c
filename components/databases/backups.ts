import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labels, stackLabel } from "../labels";
import { backupsVolume } from "../plan/names";
import type { BackupInputs } from "../runtime/backup/backup";
import type { Backups as BackupSettings } from "../settings/schema";

export interface BackupsArgs {
	readonly settings: BackupSettings;
	/** Values of the secrets that the settings name. */
	readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** All that a backup needs to know but which database it is of, and what for. */
export type BackupPolicy = Pick<BackupInputs, "stack" | "store" | "keep" | "keepForMs" | "deadlineMs" | "s3">;

/**
 * The volume that backups are kept in. Protected, and it stays on the host when the stack goes: it may be all that is left.
 * Made also where the settings name a folder, so that going from one to the other removes nothing.
 */
export class Backups extends pulumi.ComponentResource {
	/** How a migration backs its database up first; undefined where the settings say that it does not. */
	readonly beforeMigrations: pulumi.Output<BackupPolicy> | undefined;

	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(
		prefix: string,
		{ settings, secrets = {} }: BackupsArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("blue-green:index:Backups", prefix, {}, opts);
		const name = backupsVolume(prefix);
		const volume = new docker.Volume(
			name,
			{ name, labels: labels({ role: "backups" }) },
			{ parent: this, protect: true, retainOnDelete: true },
		);
		const { accessKey, secretKey } = settings.s3 ?? {};
		const keys = [accessKey, secretKey].map((key) => (key === undefined ? "" : (secrets[key] ?? "")));
		const policy = pulumi.all([volume.name, ...keys]).apply(([own = "", access = "", secret = ""]) => ({
			...policyOf(settings, own),
			...(settings.s3 && { s3: accessOf(settings.s3, access, secret) }),
		}));
		// Secret as a whole: the keys are in it.
		this.beforeMigrations = settings.beforeMigrations ? pulumi.secret(policy) : undefined;
		this.registerOutputs({});
	}
}

function policyOf({ folder, keep, keepFor, deadline }: BackupSettings, volume: string): BackupPolicy {
	const store = folder === undefined ? { volume } : { folder };
	return { stack: stackLabel(), store, keep, keepForMs: keepFor, deadlineMs: deadline };
}

function accessOf(
	{ endpoint, bucket, prefix, region }: NonNullable<BackupSettings["s3"]>,
	accessKey: string,
	secretKey: string,
): NonNullable<BackupPolicy["s3"]> {
	return { endpoint, bucket, region, accessKey, secretKey, ...(prefix !== undefined && { prefix }) };
}

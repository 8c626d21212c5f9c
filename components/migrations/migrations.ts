import { local } from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { BackupPolicy } from "../databases/backups";
import type { Connection } from "../databases/connection";
import { stackLabel } from "../labels";
import type { Phase, PlannedMigrations, PlannedRun } from "../plan/migrations";
import { migrationName } from "../plan/names";
import { commandHash } from "../runtime/migrations/journal";
import type { MigrationInputs, MigrationRecord } from "../runtime/migrations/types";
import { reachedHost } from "../runtime/ssh/reach";
import type { Color, ReleaseSettings } from "../settings/schema";
import { schemaQuery } from "./schema-query";

export interface MigrationsArgs {
	readonly plan: PlannedMigrations;
	readonly settings: ReleaseSettings;
	/** The database that is migrated, and its name in the settings. */
	readonly connection: Connection;
	readonly database: string;
	/** How it is backed up before expand and contract; unset: it is not. */
	readonly backup?: pulumi.Input<BackupPolicy>;
	/** Network of the databases. */
	readonly network: pulumi.Input<string>;
	/** Container of the proxy. */
	readonly proxy: pulumi.Input<string>;
}

/** How the last run of each phase went, as exported. */
export type MigrationRecords = Readonly<
	Partial<Record<Phase, MigrationRecord | Partial<Record<Color, MigrationRecord>>>>
>;

/**
 * What starts the runner: a word for word constant text, found by the package's name from the program's folder, so that no
 * path of a machine stands in the state.
 */
const RUNNER = `node -e 'require("pulumi-docker-blue-green/migrate.cjs")'`;

/** The migrations around a release, each a command of its own: expand of each color first, backfill and contract last. */
export class Migrations extends pulumi.ComponentResource {
	private readonly expands = new Map<Color, local.Command>();
	private readonly images = new Map<string, pulumi.Output<string>>();
	private readonly commands: { readonly run: PlannedRun; readonly command: local.Command }[] = [];

	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(
		private readonly prefix: string,
		private readonly args: MigrationsArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("blue-green:index:Migrations", prefix, {}, opts);
		for (const run of args.plan.runs.filter(({ phase }) => phase === "expand")) {
			// One after another: what the active color wants comes first.
			this.expands.set(run.color, this.command(run, [...this.expands.values()]));
		}
		if (args.plan.contractWaits !== undefined) void pulumi.log.info(args.plan.contractWaits, this);
		this.registerOutputs({});
	}

	/** What the containers of `color` have to wait for. */
	before(color: Color): pulumi.Resource[] {
		const expand = this.expands.get(color);
		return expand === undefined ? [] : [expand];
	}

	/** Declares what runs once traffic has moved and `drained` is over: backfill, then contract. */
	after(drained: pulumi.Resource): void {
		let last: pulumi.Resource = drained;
		for (const phase of ["backfill", "contract"]) {
			const run = this.args.plan.runs.find((one) => one.phase === phase);
			if (run !== undefined) last = this.command(run, [last]);
		}
	}

	/** How each phase went, by its last run. */
	get records(): pulumi.Output<MigrationRecords> {
		const all = this.commands.map(({ run, command }) =>
			command.stdout.apply((text): [PlannedRun, MigrationRecord] => [run, JSON.parse(text || "{}")]),
		);
		return pulumi.all(all).apply((records) => {
			const expand = records.filter(([{ phase }]) => phase === "expand");
			const others = records.filter(([{ phase }]) => phase !== "expand");
			return {
				...(expand.length > 0 && {
					expand: Object.fromEntries(expand.map(([{ color }, record]) => [color, record])),
				}),
				...Object.fromEntries(others.map(([{ phase }, record]) => [phase, record])),
			};
		});
	}

	private command(run: PlannedRun, after: readonly pulumi.Resource[]): local.Command {
		const { connection } = this.args;
		const host = reachedHost();
		const made = new local.Command(
			migrationName(this.prefix, run.phase, run.color),
			{
				create: RUNNER,
				// Another release, or another command: another run. What else changes only tells the runner, which looks first.
				triggers: [run.version, run.revision ?? "", commandHash(run.command)],
				environment: {
					BLUE_GREEN_MIGRATION: pulumi.jsonStringify(this.inputs(run)),
					...(host !== undefined && { BLUE_GREEN_HOST: host }),
					BLUE_GREEN_MIGRATION_SECRETS: pulumi.secret(
						pulumi.jsonStringify({ [connection.variable]: connection.migratorUrl ?? connection.url }),
					),
					...(this.args.backup !== undefined &&
						run.phase !== "backfill" && { BLUE_GREEN_BACKUP: this.backup(this.args.backup) }),
				},
				logging: local.Logging.Stderr,
				addPreviousOutputInEnv: false,
			},
			{
				parent: this,
				dependsOn: [...after],
				// As with the containers of a color that is kept as it was released.
				ignoreChanges: run.rests ? ["*"] : [],
			},
		);
		this.commands.push({ run, command: made });
		return made;
	}

	private backup(policy: pulumi.Input<BackupPolicy>): pulumi.Output<string> {
		const { connection, database } = this.args;
		const all = pulumi.all([policy, connection.container]).apply(([known, container]) => {
			return JSON.stringify({ ...known, database, type: connection.type, container });
		});
		return pulumi.secret(all);
	}

	private inputs(
		run: PlannedRun,
	): pulumi.Input<{ [K in keyof MigrationInputs]: pulumi.Input<MigrationInputs[K]> }> {
		const { settings, connection, network, proxy } = this.args;
		const { migrations, colors } = settings;
		const query = schemaQuery(migrations);
		const ranges = { blue: colors.blue.schema, green: colors.green.schema };
		return {
			phase: run.phase,
			color: run.color,
			version: run.version,
			...(run.revision !== undefined && { revision: run.revision }),
			...(run.command !== undefined && { command: run.command }),
			...(run.phase === "contract" && migrations.verify !== undefined && { verify: migrations.verify }),
			rests: run.rests,
			...(query !== undefined && { schemaQuery: query }),
			ranges: JSON.parse(JSON.stringify(ranges)) as MigrationInputs["ranges"],
			name: migrationName(this.prefix, run.phase, run.color),
			image: this.image(run),
			network,
			database: pulumi.output({
				container: connection.container,
				user: connection.owner ?? "",
				name: connection.database ?? "",
			}),
			secretsAs: run.secretsAs,
			env: migrations.env,
			resources: JSON.parse(JSON.stringify(migrations.resources)) as MigrationInputs["resources"],
			deadlineMs: migrations.deadline,
			stack: stackLabel(),
			proxy,
		};
	}

	/** Id of the image; backfill and contract run what expand of the same color ran. */
	private image({ color, image }: PlannedRun): pulumi.Output<string> {
		const known = this.images.get(color);
		if (known !== undefined) return known;
		const name = `${this.prefix}-${color}-migrations-image`;
		const { imageId } = new docker.RemoteImage(name, { name: image, keepLocally: true }, { parent: this });
		this.images.set(color, imageId);
		return imageId;
	}
}

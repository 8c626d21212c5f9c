import * as pulumi from "@pulumi/pulumi";
import type { BackupPolicy } from "../databases/backups";
import type { Connection } from "../databases/connection";
import { stackLabel } from "../labels";
import { type MigrationRecords, Migrations } from "../migrations/migrations";
import { checkRelease } from "../plan/checks";
import { checksNeedPreview } from "../plan/checks-preview";
import { checkRouteHosts } from "../plan/checks-routes";
import { maintenanceText } from "../plan/maintenance-text";
import { migratedDatabase, planMigrations } from "../plan/migrations";
import { isCounted, planObservation } from "../plan/observation";
import { planOwnChecks } from "../plan/own-checks";
import { withPins } from "../plan/pins";
import { planRelease } from "../plan/plan";
import type { TrialPolicy } from "../plan/trial";
import type { Deployed, PlannedColor, PlannedService, PlannedTrial, ReleasePlan } from "../plan/types";
import { NOTHING_DEPLOYED } from "../plan/types";
import { routesOf, upstreamsByColor } from "../proxy/color-routes";
import type { ReverseProxy } from "../proxy/reverse-proxy";
import { activate } from "../runtime/next";
import type {
	ColorTargets,
	CutoverOutputs,
	CutoverRecord,
	DrainRecord,
	GatePolicy,
	Target,
	TrialRecord,
} from "../runtime/steps";
import { parse } from "../settings/parse";
import { renderProblems } from "../settings/problems";
import {
	COLORS,
	type Color,
	type Maintenance,
	otherColor,
	type ReleaseInput,
	type ReleaseSettings,
	release as releaseSchema,
} from "../settings/schema";
import { ColorSet } from "./color-set";
import { notifyInputs } from "./notify";
import { publicChecks } from "./public-checks";
import { Cutover, Drain, HealthGate } from "./release-steps";

/** The settings of a release as people write them (see `settings/schema.ts`), and what surrounds it. */
export interface BlueGreenArgs extends ReleaseInput {
	readonly proxy: ReverseProxy;
	/** Network of the proxy and the services. */
	readonly network: pulumi.Input<string>;
	/** Databases by name; services get their URLs, and none starts before all of `dependsOn` is ready. */
	readonly databases?: Readonly<Record<string, Connection>>;
	/** Network of the databases. */
	readonly databaseNetwork?: pulumi.Input<string>;
	/** How the migrated database is backed up before expand and contract; unset: it is not. See `Backups`. */
	readonly backup?: pulumi.Input<BackupPolicy>;
	/** Values of the secrets that services name. */
	readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
	/**
	 * What serves now, from `readDeployed()`. Without it a change of the settings replaces the containers of both
	 * colors, the serving one among them: leave it out only where nothing is deployed yet.
	 */
	readonly deployed?: Deployed;
}

/** The last time that traffic moved, and how the wait for the old color ended. */
export interface LastCutover extends CutoverRecord {
	readonly drain?: DrainRecord;
}

/**
 * Two colors of the same services behind one proxy, and the release from one to the other: health gate, cutover, drain.
 *
 * Outputs say what the cutover found to be true, not what the settings wish: after a failed `up` they still name the
 * color that serves.
 */
export class BlueGreen extends pulumi.ComponentResource {
	readonly activeColor: pulumi.Output<CutoverOutputs["activeColor"]>;
	readonly activeVersion: pulumi.Output<string>;
	readonly standbyColor: pulumi.Output<Color>;
	/** Empty where the standby color has no release. */
	readonly standbyVersion: pulumi.Output<string>;
	/** Of the proxy's own authority, as PEM; null where it does not make its certificates itself. Not secret. */
	readonly rootCertificate: pulumi.Output<string | null>;
	readonly lastCutover: pulumi.Output<LastCutover | undefined>;
	/** The color that has a share of the traffic, on trial; null while one color has all. */
	readonly trial: pulumi.Output<TrialRecord | null>;
	/** Whether visitors get the page of maintenance. */
	readonly maintenance: pulumi.Output<Maintenance>;
	/** How the last run of each phase went; empty where the settings have no migrations. */
	readonly migrations: pulumi.Output<MigrationRecords>;
	/** Docker's ids of the containers of both colors. */
	readonly containerIds: readonly pulumi.Output<string>[];

	/**
	 * @param prefix Names begin with it; see `stackPrefix`.
	 * @throws pulumi.RunError with all problems of the settings at once.
	 */
	constructor(prefix: string, args: BlueGreenArgs, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:BlueGreen", prefix, {}, opts);
		const {
			proxy,
			network,
			databases = {},
			databaseNetwork,
			backup: _backup,
			secrets = {},
			deployed = NOTHING_DEPLOYED,
			...rest
		} = args;
		const settings = checked(rest, deployed, prefix, proxy);
		const notify = notifyInputs(settings.notify, secrets);
		const plan = planRelease(settings, deployed, prefix, loginsBy(databases));
		this.sayWhatIsPlanned(plan, deployed);
		this.sayMaintenance(deployed.maintenance ?? "off", settings.maintenance);

		const child = { parent: this };
		const migrations = this.migrationsOf(prefix, settings, plan, args);
		const others = databaseNetwork === undefined ? [] : [databaseNetwork];
		const sets = plannedColors(plan).map((planned) => {
			const secretEnv = (service: PlannedService) =>
				secretVariables(service, secrets, databases, planned.release.logins ?? {});
			const set = new ColorSet(
				`${prefix}-${planned.color}`,
				{
					plan: planned,
					network,
					otherNetworks: others,
					secretEnv,
					after: migrations?.before(planned.color) ?? [],
				},
				child,
			);
			return { planned, set };
		});
		const containers = sets.flatMap(({ set }) => set.containers);
		const targetsOf = (color: Color): pulumi.Output<Target[]> =>
			sets.find(({ planned }) => planned.color === color)?.set.targets ?? pulumi.output([]);

		const active = settings.activeColor;
		const policy: GatePolicy = {
			intervalMs: settings.health.interval,
			timeoutMs: settings.health.timeout,
			passes: settings.health.passes,
			deadlineMs: settings.health.deadline,
		};
		const colorTargets = pulumi.all(
			sets.map(({ planned, set }) =>
				set.targets.apply((targets): [Color, ColorTargets] => [
					planned.color,
					{ version: planned.release.version, targets },
				]),
			),
		);
		const gate = new HealthGate(
			`${prefix}-health-gate`,
			{
				active,
				colors: colorTargets.apply((all) =>
					Object.fromEntries(all.filter(([, { targets }]) => targets.length > 0)),
				),
				proxy: proxy.container,
				policy,
			},
			{ ...child, dependsOn: [proxy, ...containers] },
		);
		const tables = { blue: routesOf(plan.routing.blue), green: routesOf(plan.routing.green) };
		const upstreams = upstreamsByColor(tables);
		const cutover = new Cutover(
			`${prefix}-cutover`,
			{
				traffic: `${active} ${plan.active.release.version}`,
				active,
				maintenance: settings.maintenance,
				releases: Object.fromEntries(
					sets.map(({ planned: { color, release }, set }) => [color, withPins(release, set.pins)]),
				),
				caddyfile: proxy.caddyfile(tables, { ...settings.strategy, counted: isCounted(settings) }),
				...(proxy.page !== undefined && { page: proxy.page }),
				proxy: pulumi.output({
					container: proxy.container,
					id: proxy.containerId,
					url: proxy.address,
					...(proxy.host !== undefined && { host: proxy.host }),
					...(proxy.tls && { tls: proxy.tls }),
					...(proxy.site.colorHeader !== false && { colorHeader: proxy.site.colorHeader }),
					...(proxy.site.preview && { preview: { header: proxy.site.preview.header } }),
				}),
				...(proxy.previewToken && { previewToken: pulumi.secret(proxy.previewToken) }),
				upstreams,
				targets: targetsOf(active),
				checks: publicChecks(plan.active, proxy.host),
				ownChecks: planOwnChecks(settings, plan.active.services),
				policy,
				observe: planObservation(settings, plan),
				gate: gate.lastRun,
				...(plan.trial && { trial: trialOf(plan.trial) }),
				forward: plan.forward,
				...(notify && { notify }),
			},
			{ ...child, dependsOn: [gate, ...containers] },
		);
		const drain = new Drain(
			`${prefix}-drain`,
			{
				active: plan.trial?.pausesAt === undefined ? active : "shared",
				...(deployed.trial !== undefined && deployed.trial.to !== active && { givenUp: true }),
				proxy: proxy.container,
				upstreams,
				policy: {
					mode: settings.drain.mode,
					timeoutMs: settings.drain.timeout,
					delayMs: settings.drain.delay,
				},
				standby: settings.standby,
				oldImages: { stack: stackLabel(), keep: settings.oldImages.keep },
			},
			{ ...child, dependsOn: [cutover, ...containers] },
		);

		migrations?.after(drain);

		this.activeColor = cutover.activeColor;
		this.activeVersion = cutover.activeVersion;
		this.standbyColor = cutover.standbyColor;
		this.standbyVersion = cutover.standbyVersion;
		// Of what is undefined Pulumi would warn wherever it is exported.
		this.rootCertificate = cutover.rootCertificate.apply((root) => root ?? null);
		this.lastCutover = pulumi.all([cutover.lastCutover, drain.lastDrain]).apply(([last, lastDrain]) => {
			if (last === undefined) return undefined;
			// The first release drains nothing; the record of an older drain must not be shown with it.
			return last.from !== undefined && lastDrain?.color === last.from ? { ...last, drain: lastDrain } : last;
		});
		// Of what is undefined Pulumi would warn in every `up`.
		this.trial = cutover.onTrial.apply((trial) => trial ?? null);
		this.maintenance = cutover.maintenance;
		this.migrations = migrations?.records ?? pulumi.output({});
		this.containerIds = containers.map(({ id }) => id);
		this.registerOutputs({
			activeColor: this.activeColor,
			lastCutover: this.lastCutover,
			// For policies, which are shown no former state: see policy/rules/release.ts.
			servedBefore: deployed.trial ? "shared" : (deployed.serving ?? null),
		});
	}

	private migrationsOf(
		prefix: string,
		settings: ReleaseSettings,
		plan: ReleasePlan,
		{ databases = {}, databaseNetwork, proxy, backup, deployed = NOTHING_DEPLOYED }: BlueGreenArgs,
	): Migrations | undefined {
		const name = migratedDatabase(settings, databases);
		const connection = name === undefined ? undefined : databases[name];
		if (name === undefined || connection === undefined || databaseNetwork === undefined) return undefined;
		const planned = planMigrations(settings, plan, deployed, name);
		if (planned === undefined) return undefined;
		const place = { network: databaseNetwork, proxy: proxy.container, database: name };
		const args = { plan: planned, settings, connection, ...place, ...(backup && { backup }) };
		return new Migrations(prefix, args, { parent: this });
	}

	private sayMaintenance(before: Maintenance, after: Maintenance): void {
		const text = maintenanceText(before, after);
		if (text === undefined) return;
		void (after === "on" ? pulumi.log.warn(text, this) : pulumi.log.info(text, this));
	}

	/** Says it in previews too, where it is wanted most. */
	private sayWhatIsPlanned(plan: ReleasePlan, deployed: Deployed): void {
		if (plan.trafficMoves) void pulumi.log.info(`traffic: ${plan.traffic}${wayOut(plan, deployed)}`, this);
		for (const { color, release, heldBack } of plannedColors(plan)) {
			if (heldBack.length === 0) continue;
			const what = heldBack.map((service) => `services.${service}`).join(", ");
			const next = `Changes take effect with the next release: another colors.${color}.version or .revision.`;
			void pulumi.log.info(
				`${color} stays as ${release.version} was released, though the settings of ${what} differ by now. ${next}`,
				this,
			);
		}
	}
}

function checked(
	input: ReleaseInput,
	deployed: Deployed,
	prefix: string,
	{ previewToken, site }: ReverseProxy,
): ReleaseSettings {
	const parsed = parse(releaseSchema, input);
	const problems =
		"problems" in parsed
			? parsed.problems
			: [
					...checkRelease(parsed.value, deployed, prefix),
					...checkRouteHosts(parsed.value, site.hosts),
					...(parsed.value.checks.length > 0 && previewToken === undefined ? [checksNeedPreview()] : []),
				];
	if ("problems" in parsed || problems.length > 0)
		throw new pulumi.RunError(renderProblems(problems, pulumi.getStack()));
	return parsed.value;
}

/** What fails before our own steps run (an image that cannot be pulled) is told of by Pulumi, which cannot know this. */
function wayOut({ active }: ReleasePlan, { serving, trial }: Deployed): string {
	if (trial === undefined)
		return serving === undefined
			? ""
			: `\n${serving} serves until ${active.color} is ready. To give up: ${activate(serving)}`;
	if (trial.to !== active.color) return "";
	const on = trial.paused ? "\nTo go on: npm run promote" : "";
	return `${on}\nTo give up: npm run abort, or ${activate(otherColor(trial.to))}`;
}

function trialOf({ pausesAt: _, ...policy }: PlannedTrial): TrialPolicy {
	return policy;
}

function plannedColors(plan: ReleasePlan): PlannedColor[] {
	return COLORS.flatMap(
		(color) => [plan.active, plan.standby].find((planned) => planned?.color === color) ?? [],
	);
}

/** The logins of each database that has some, the newest last. */
function loginsBy(databases: Readonly<Record<string, Connection>>): Record<string, string[]> {
	return Object.fromEntries(
		Object.entries(databases).flatMap(([name, { urls }]) => (urls ? [[name, Object.keys(urls)]] : [])),
	);
}

function secretVariables(
	service: PlannedService,
	secrets: Readonly<Record<string, pulumi.Input<string>>>,
	databases: Readonly<Record<string, Connection>>,
	logins: Readonly<Record<string, string>>,
): Record<string, pulumi.Input<string>> {
	const wanted = service.databases ?? Object.keys(databases);
	const urls = wanted.flatMap((name) => {
		const connection = databases[name];
		if (connection === undefined) return [];
		return [[connection.variable, connection.urls?.[logins[name] ?? ""] ?? connection.url] as const];
	});
	const own = service.secrets.flatMap((name) =>
		secrets[name] === undefined ? [] : [[name, secrets[name]] as const],
	);
	return Object.fromEntries([...urls, ...own]);
}

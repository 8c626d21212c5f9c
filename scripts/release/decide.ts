import { releaseName } from "../../components/plan/trial";
import { percentText } from "../../components/plan/trial-text";
import type { Deployed } from "../../components/plan/types";
import type { Trial } from "../../components/proxy/switch-file";
import type { Traffic } from "../../components/runtime/caddy/traffic";
import { COLORS, type Color, otherColor, type Settings } from "../../components/settings/schema";
import { Unchanged } from "../lib/command";

/** What is, before a command changes anything. */
export interface Seen {
	readonly settings: Pick<Settings, "activeColor" | "colors" | "services"> & {
		readonly strategy: Pick<Settings["strategy"], "promoted">;
	};
	/** What the proxy really does; undefined: there is none yet. */
	readonly traffic:
		| (Pick<Traffic, "serving" | "maintenance"> & { readonly trial?: Pick<Trial, "to" | "percent"> })
		| undefined;
	/** What the stack's state says. */
	readonly deployed: Pick<Deployed, "releases" | "served">;
}

export interface Wanted {
	readonly version: string;
	readonly revision?: string;
	/** Images of the new color's own, by service. */
	readonly images: Readonly<Record<string, string>>;
}

export interface Decision {
	readonly from: Color | undefined;
	readonly to: Color;
	/** "1.5.0", or with its revision "1.5.0+2". */
	readonly release: string;
	/** Words for `pulumi`, each in turn, and then `pulumi up`. */
	readonly commands: readonly (readonly string[])[];
}

/** A release of another version on the color that does not serve. @throws Unchanged with the reason why not. */
export function decideRelease(wanted: Wanted, { settings, traffic, deployed }: Seen): Decision {
	const from = servingColor(traffic);
	const to = from === undefined ? settings.activeColor : otherColor(from);
	const release = releaseName(wanted);
	const runs = from && deployed.releases[from];
	const { images: own, revision, version: set } = settings.colors[to];
	if (runs && releaseName(runs) === release)
		throw new Unchanged(
			`${from} ${release} serves already. Nothing was changed.\nTo make its containers anew on ${to}: the same with --revision <text>`,
		);
	const unknown = Object.keys(wanted.images).filter((service) => !Object.hasOwn(settings.services, service));
	if (unknown.length > 0)
		throw new Unchanged(
			`There is no service ${unknown.join(", ")}. There are: ${Object.keys(settings.services).join(", ")}. Nothing was changed.`,
		);
	const old = Object.entries(own).filter(
		([service, image]) =>
			set !== wanted.version && !image.includes("{version}") && wanted.images[service] === undefined,
	);
	if (old.length > 0)
		throw new Unchanged(
			[
				`${to} has images of its own that say nothing of a version, and would be released as ${wanted.version}. Nothing was changed.`,
				...old.map(([service, image]) => `  ${service}: ${image}`),
				`Next: name them anew (--service ${old[0]?.[0]}=<image>), or: pulumi config rm --path colors.${to}.images.${old[0]?.[0]}`,
			].join("\n"),
		);
	return {
		from,
		to,
		release,
		commands: [
			["config", "set", "--path", `colors.${to}.version`, wanted.version],
			...(wanted.revision !== undefined
				? [["config", "set", "--path", `colors.${to}.revision`, wanted.revision]]
				: revision !== undefined
					? [["config", "rm", "--path", `colors.${to}.revision`]]
					: []),
			...Object.entries(wanted.images).map(([service, image]) => [
				"config",
				"set",
				"--path",
				`colors.${to}.images.${service}`,
				image,
			]),
			...promotedBefore(settings.strategy.promoted, release),
			["config", "set", "activeColor", to],
		],
	};
}

/** Back to what served before. @throws Unchanged with the reason why not. */
export function decideRollback(wanted: string | undefined, { settings, traffic, deployed }: Seen): Decision {
	const from = servingColor(traffic);
	if (from === undefined) throw new Unchanged("Nothing serves, so there is nothing to go back from.");
	const to = otherColor(from);
	const before = deployed.releases[to];
	if (before === undefined)
		throw new Unchanged(
			`${to} has no release: ${from} is the first, and there is nothing to go back to. Nothing was changed.`,
		);
	const release = releaseName(before);
	if (wanted !== undefined && wanted !== release && wanted !== before.version)
		throw new Unchanged(
			`What can be gone back to is ${to} ${release}, not ${wanted}. Nothing was changed.\nNext: npm run rollback, or a release of the old version: npm run release -- ${wanted}`,
		);
	const { version, revision } = settings.colors[to];
	if (version !== before.version || revision !== before.revision)
		throw new Unchanged(
			`It would be no rollback: ${to} ran ${release}, but its settings say ${version === undefined ? "no version" : releaseName({ version, ...(revision !== undefined && { revision }) })}. Nothing was changed.\nNext: pulumi config set --path colors.${to}.version ${before.version}`,
		);
	const served = deployed.served?.[to];
	if (served === undefined || releaseName(served) !== release)
		throw new Unchanged(
			`It would be no rollback: ${to} ${release} has never had all traffic. Nothing was changed.\nTo release it: npm run release -- ${before.version}`,
		);
	return { from, to, release, commands: [["config", "set", "activeColor", to]] };
}

function servingColor(traffic: Seen["traffic"]): Color | undefined {
	if (traffic?.trial)
		throw new Unchanged(
			`${traffic.trial.to} is on its way, with ${percentText(traffic.trial.percent)} of the traffic. Nothing was changed.\nNext: npm run promote, or npm run abort`,
		);
	if (traffic?.serving === "shared")
		throw new Unchanged(
			"Somebody has shared the traffic by hand. Nothing was changed.\nNext: pulumi up, which gives all to the color of the settings",
		);
	return COLORS.find((color) => color === traffic?.serving);
}

/** A version that is released again is to stop at its pauses again. */
function promotedBefore(promoted: string | undefined, release: string): string[][] {
	return promoted?.startsWith(`${release}@`) ? [["config", "rm", "--path", "strategy.promoted"]] : [];
}

import { type Fact, type Finding, finding } from "../../../components/doctor/finding";
import { isAtLeast } from "../../set-up/versions";

/** A plugin of Pulumi's that is installed. */
export interface InstalledPlugin {
	readonly name: string;
	readonly kind: string;
	readonly version: string;
}

/** An npm package that decides which plugin Pulumi asks for; `installed` unset: it is not there. */
export interface Package {
	readonly name: string;
	/** As package.json pins it. */
	readonly wanted: string;
	readonly installed?: string;
}

const SET_UP = 'scripts/setup, then: eval "$(scripts/env)"';

/** Whether the CLI that is in PATH is new enough. @param version As `pulumi version` prints it. */
export function judgeCli(version: Fact<string>, minimum: string): Finding {
	if ("why" in version) return finding("pulumi", "problem", `no Pulumi CLI answers: ${version.why}`, SET_UP);
	const text = `Pulumi CLI ${version.known.trim().replace(/^v/, "")}`;
	if (isAtLeast(version.known, minimum)) return finding("pulumi", "ok", text);
	return finding("pulumi", "problem", `${text}; ${minimum} or newer is needed`, SET_UP);
}

/** Whether the plugins are there that the packages ask for. An `up` fetches what is missing, where it can. */
export function judgePlugins(
	installed: Fact<readonly InstalledPlugin[]>,
	wanted: readonly (readonly [name: string, version: string])[],
): Finding[] {
	if ("why" in installed)
		return [finding("plugins", "unknown", `which are installed cannot be told: ${installed.why}`)];
	const resources = installed.known.filter(({ kind }) => kind === "resource");
	const wrong = wanted.flatMap(([name, version]) => {
		const here = resources.filter((one) => one.name === name).map((one) => one.version);
		if (here.includes(version)) return [];
		const instead = here.length === 0 ? "is not installed" : `is installed as ${here.join(", ")}`;
		const text = `the ${name} plugin ${instead}; ${version} is wanted, and the next \`pulumi up\` has to fetch it`;
		return [finding("plugins", "warning", text, `pulumi plugin install resource ${name} ${version}`)];
	});
	if (wrong.length > 0) return wrong;
	return [finding("plugins", "ok", wanted.map((one) => one.join(" ")).join(", "))];
}

/** Whether the npm packages are those that package.json names. */
export function judgePackages(packages: Fact<readonly Package[]>): Finding[] {
	if ("why" in packages)
		return [finding("packages", "unknown", `which are installed cannot be told: ${packages.why}`)];
	const wrong = packages.known.filter(({ wanted, installed }) => installed !== wanted);
	if (wrong.length > 0)
		return wrong.map(({ name, wanted, installed }) => {
			const have = installed === undefined ? "is not installed" : `is installed as ${installed}`;
			return finding("packages", "problem", `${name} ${have}; package.json wants ${wanted}`, "npm ci");
		});
	const list = packages.known.map(({ name, wanted }) => `${name} ${wanted}`).join(", ");
	return [finding("packages", "ok", list)];
}

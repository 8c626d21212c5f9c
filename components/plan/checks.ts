import { urlVariables } from "../databases/url-variables";
import { type Problem, removeCommand, setCommand } from "../settings/problems";
import { COLORS, type ReleaseSettings, type Settings } from "../settings/schema";
import { checkBackups } from "./checks-backups";
import { checkDatabases } from "./checks-databases";
import { checkFrontDoor } from "./checks-front-door";
import { checkLogins } from "./checks-logins";
import { checkMigratedDatabase, checkMigrations } from "./checks-migrations";
import { checkNotify } from "./checks-notify";
import { checkObserve } from "./checks-observe";
import { checkOwnChecks } from "./checks-own-checks";
import { checkPreview } from "./checks-preview";
import { checkRegistries } from "./checks-registries";
import { checkRouteHosts, checkRoutes } from "./checks-routes";
import { checkStrategy } from "./checks-strategy";
import { LONGEST_CONTAINER_NAME, replicaName } from "./names";
import { imageOf } from "./released";
import { checkServing } from "./serving";
import { STORE_VARIABLES } from "./store-names";
import type { Deployed } from "./types";

/** Variables that every container gets from us. */
export const RESERVED_VARIABLES = ["COLOR", "VERSION", "SERVICE", "PORT", ...STORE_VARIABLES] as const;

/**
 * What the schema cannot see: how the parts of a release fit together, and what is serving now.
 *
 * @param prefix All names begin with it; unset: their length is not checked.
 */
export function checkRelease(settings: ReleaseSettings, deployed: Deployed, prefix?: string): Problem[] {
	return [
		...checkVersions(settings),
		...checkImages(settings),
		...checkServices(settings),
		...(prefix === undefined ? [] : checkContainerNames(settings, prefix)),
		...checkRoutes(settings),
		...checkServing(settings, deployed),
		...checkMigrations(settings),
		...checkObserve(settings),
		...checkStrategy(settings),
		...checkOwnChecks(settings),
	];
}

/** `checkRelease`, and what only a whole stack has: databases, secrets, hosts. */
export function checkSettings(settings: Settings, deployed: Deployed, prefix?: string): Problem[] {
	return [
		...checkRelease(settings, deployed, prefix),
		...checkNames(settings),
		...checkUrlVariables(settings),
		...checkReferences(settings),
		...checkFrontDoor(settings),
		...checkRouteHosts(settings, settings.proxy.hosts),
		...checkBackups(settings),
		...checkLogins(settings, deployed),
		...checkDatabases(settings, prefix),
		...checkMigratedDatabase(settings),
		...checkPreview(settings),
		...checkNotify(settings),
		...checkRegistries(settings),
	];
}

function checkVersions(settings: ReleaseSettings): Problem[] {
	const color = settings.activeColor;
	if (settings.colors[color].version !== undefined) return [];
	return [
		{
			path: ["colors", color, "version"],
			reason: `missing, and ${color} is the active color. Allowed: the version that ${color} is to serve.`,
			fix: [setCommand(["colors", color, "version"], "<version>")],
		},
	];
}

function checkImages(settings: ReleaseSettings): Problem[] {
	return COLORS.flatMap((color) => {
		const { version, images } = settings.colors[color];
		const strangers = Object.keys(images).filter((name) => !Object.hasOwn(settings.services, name));
		const unknown = strangers.map((name): Problem => {
			const path = ["colors", color, "images", name];
			const known = Object.keys(settings.services).join(", ");
			return { path, reason: `there is no service ${name}. Allowed: ${known}.`, fix: [removeCommand(path)] };
		});
		if (version === undefined) return unknown;
		const missing = Object.keys(settings.services).filter(
			(name) => imageOf(settings, color, name, version) === "",
		);
		return [
			...unknown,
			...missing.map((name) => ({
				path: ["colors", color, "images", name],
				reason: `missing: service ${name} has no image for ${color} ${version}. Allowed: an image here, or a template in images.`,
				fix: [setCommand(["images"], "registry.example.com/{service}:{version}")],
			})),
		];
	}).concat(checkTemplate(settings));
}

function checkTemplate(settings: ReleaseSettings): Problem[] {
	if (settings.images === undefined || settings.images.includes("{version}")) return [];
	return [
		{
			path: ["images"],
			reason: `"${settings.images}" is the same image for both colors. Allowed: a template with {version}.`,
			fix: [setCommand(["images"], `${settings.images.replace(/:[^:/]*$/, "")}:{version}`)],
		},
	];
}

function checkServices(settings: ReleaseSettings): Problem[] {
	return Object.entries(settings.services).flatMap(([name, service]) => {
		const problems: Problem[] = [];
		const portFix = setCommand(["services", name, "port"], "3000");
		if (service.port === undefined && service.health?.path !== undefined) {
			const reason = `needs services.${name}.port to be asked on. Allowed: with a port, or staysUp instead.`;
			problems.push({ path: ["services", name, "health", "path"], reason, fix: [portFix] });
		}
		if (service.port === undefined && service.health?.version !== undefined) {
			const path = ["services", name, "health", "version"];
			const reason = `needs services.${name}.port to be asked on. Allowed: with a port only.`;
			problems.push({ path, reason, fix: [portFix, removeCommand(path)] });
		}
		if (service.port === undefined && service.warmUp !== undefined) {
			const path = ["services", name, "warmUp"];
			const reason = `needs services.${name}.port to send requests to. Allowed: with a port only.`;
			problems.push({ path, reason, fix: [portFix, removeCommand(path)] });
		}
		for (const variable of Object.keys(service.env)) {
			const path = ["services", name, "env", variable];
			if ((RESERVED_VARIABLES as readonly string[]).includes(variable)) {
				const reason = `${variable} is given to every service by the release itself. Allowed: any name but ${RESERVED_VARIABLES.join(", ")}.`;
				problems.push({ path, reason, fix: [removeCommand(path)] });
			} else if (service.secrets.includes(variable)) {
				const reason = `${variable} is also among services.${name}.secrets. Allowed: one of the two.`;
				problems.push({ path, reason, fix: [removeCommand(path)] });
			}
		}
		return problems;
	});
}

function checkContainerNames(settings: ReleaseSettings, prefix: string): Problem[] {
	return Object.entries(settings.services).flatMap(([name, { replicas, port, route }]) => {
		// The longest of the service: what fits for blue only would fail the first release to green.
		const longest = replicaName(prefix, "green", name, replicas);
		const room = name.length - (longest.length - LONGEST_CONTAINER_NAME);
		if (room >= name.length) return [];
		const path = ["services", name];
		const reason = `makes the container name ${longest} of ${longest.length} characters; DNS names end at ${LONGEST_CONTAINER_NAME}.`;
		if (room < 1) {
			const fix = ["pulumi stack rename '<name>'"];
			return [{ path, reason: `${reason} Allowed: a shorter name of the stack or the project.`, fix }];
		}
		const fix = [removeCommand(path)];
		if (port !== undefined) fix.push(setCommand(["services", "NAME", "port"], String(port)));
		if (route !== undefined) fix.push(setCommand(["services", "NAME", "route"], route));
		const most = room === 1 ? "1 character" : `${room} characters`;
		return [{ path, reason: `${reason} Allowed: the service under a name of at most ${most}.`, fix }];
	});
}

function checkNames(settings: Settings): Problem[] {
	return Object.keys(settings.databases)
		.filter((name) => Object.hasOwn(settings.services, name))
		.map((name) => ({
			path: ["databases", name],
			reason: `the name ${name} is already taken by a service. Allowed: a name that no service has.`,
			fix: [
				removeCommand(["databases", name]),
				setCommand(["databases", `${name}-db`, "type"], settings.databases[name]?.type ?? ""),
			],
		}));
}

/** Each database's URL needs a variable of its own, that nothing else sets in a service which gets it. */
function checkUrlVariables(settings: Settings): Problem[] {
	const variables = urlVariables(settings.databases);
	const names = Object.keys(settings.databases);
	return names.flatMap((name, index) => {
		const variable = variables[name] ?? "";
		const taken = (reason: string, allowed: string): Problem[] => {
			const path = ["databases", name, "urlVariable"];
			const own = `${name.toUpperCase().replaceAll("-", "_")}_URL`;
			const example = own === variable ? `${own}_2` : own;
			return [{ path, reason: `${reason}. Allowed: ${allowed}.`, fix: [setCommand(path, example)] }];
		};
		if ((RESERVED_VARIABLES as readonly string[]).includes(variable)) {
			const reason = `${variable} is given to every service by the release itself`;
			return taken(reason, `any name but ${RESERVED_VARIABLES.join(", ")}`);
		}
		const first = names.slice(0, index).find((other) => variables[other] === variable);
		if (first !== undefined) {
			const reason = `${variable} already carries the URL of database ${first}`;
			return taken(reason, "a variable that no other database has");
		}
		return Object.entries(settings.services).flatMap(([service, { env, secrets, databases = names }]) => {
			if (!databases.includes(name)) return [];
			const list = Object.hasOwn(env, variable) ? "env" : secrets.includes(variable) ? "secrets" : undefined;
			if (list === undefined) return [];
			const reason = `${variable} is also in services.${service}.${list}`;
			return taken(reason, "a variable that nothing else sets");
		});
	});
}

function checkReferences(settings: Settings): Problem[] {
	const databases = Object.keys(settings.databases);
	return Object.entries(settings.services).flatMap(([name, service]) => [
		...(service.databases ?? []).flatMap((wanted, index): Problem[] => {
			if (databases.includes(wanted)) return [];
			const path = ["services", name, "databases", index];
			const allowed = databases.length === 0 ? "declare it under databases first" : databases.join(", ");
			const fix = databases[0] === undefined ? removeCommand(path) : setCommand(path, databases[0]);
			return [{ path, reason: `there is no database ${wanted}. Allowed: ${allowed}.`, fix: [fix] }];
		}),
		...service.secrets.flatMap((wanted, index): Problem[] => {
			if (Object.hasOwn(settings.secrets, wanted)) return [];
			const path = ["services", name, "secrets", index];
			const reason = `there is no secret ${wanted}. Allowed: a name under secrets.`;
			return [{ path, reason, fix: [setCommand(["secrets", wanted], "<value>")] }];
		}),
	]);
}

import { type Problem, setCommand } from "../settings/problems";
import { COLORS, type Color, otherColor, type Settings } from "../settings/schema";
import { loginRole, loginsOf, migratorRole } from "./logins";
import type { Deployed } from "./types";

/** PostgreSQL cuts off what is longer. */
const LONGEST_ROLE_NAME = 63;

/** What the logins of the databases must be beyond their own form: short enough, and kept while a color has them. */
export function checkLogins(settings: Settings, deployed: Deployed): Problem[] {
	return [...checkRoleNames(settings), ...checkLoginsInUse(settings, deployed)];
}

function checkRoleNames({ databases }: Settings): Problem[] {
	return Object.entries(databases).flatMap(([name, settings]): Problem[] => {
		if (settings.type !== "postgres") return [];
		const { database, logins } = settings;
		const roles = [migratorRole(database), ...logins.map((login) => loginRole(database, login))];
		const [longest = ""] = roles.sort((a, b) => b.length - a.length);
		if (longest.length <= LONGEST_ROLE_NAME) return [];
		const path = ["databases", name, "database"];
		const room = database.length - (longest.length - LONGEST_ROLE_NAME);
		const reason = `makes the role ${longest} of ${longest.length} characters; PostgreSQL's names end at ${LONGEST_ROLE_NAME}. Allowed: a name of at most ${room} characters.`;
		return [{ path, reason, fix: [setCommand(path, "<name>")] }];
	});
}

/** Removing a login ends the sessions of who has it: of a release that runs, serving or on standby. */
function checkLoginsInUse(settings: Settings, deployed: Deployed): Problem[] {
	return Object.entries(loginsOf(settings.databases)).flatMap(([database, valid]) => {
		const inUse = COLORS.flatMap((color) =>
			(deployed.logins?.[color]?.[database] ?? []).map((login) => ({ color, login })),
		).filter(({ login }) => !valid.includes(login));
		const missing = [...new Set(inUse.map(({ login }) => login))];
		return missing.map((login) => {
			const colors = inUse.filter((one) => one.login === login).map(({ color }) => color);
			return stillUsed(database, [login, ...valid], colors, deployed);
		});
	});
}

function stillUsed(
	database: string,
	[login = "", ...others]: readonly string[],
	colors: readonly Color[],
	deployed: Deployed,
): Problem {
	const path = ["databases", database, "logins"];
	const release = (color: Color) => [color, deployed.releases[color]?.version].filter(Boolean).join(" ");
	// What serves can only be released anew after traffic has gone to the other one, which then needs the newest login.
	const standbyFirst = [...colors].sort((a) => (a === deployed.serving ? 1 : -1));
	const put = [login, ...others].map((one, index) => setCommand([...path, index], one));
	const reason = `login ${login} is still that of ${colors.map(release).join(" and ")}, and would be dropped. Allowed: ${login} among the logins, until no color has it.`;
	return { path, reason, fix: [[...put, "pulumi up"].join(" && "), ...standbyFirst.flatMap(releaseAnew)] };

	/** A color gets the newest login with its next release; one that serves is released on the other first. */
	function releaseAnew(color: Color): string[] {
		const anew = setCommand(["colors", color, "revision"], "<another>");
		if (color !== deployed.serving) return [`${anew} && pulumi up`];
		return [`${setCommand(["activeColor"], otherColor(color))} && pulumi up`, `${anew} && pulumi up`];
	}
}

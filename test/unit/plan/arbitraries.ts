import fc from "fast-check";
import { checkRelease } from "../../../components/plan/checks";
import { parse } from "../../../components/settings/parse";
import { type ReleaseInput, type ReleaseSettings, release } from "../../../components/settings/schema";

/** Settings that no problem is found in, as people may write them: arbitrary names, routes, health, replicas. */

export const PREFIX = "shop-prod";

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,12}[a-z0-9])?$/);
const variable = fc
	.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/)
	.filter((text) => !["COLOR", "VERSION", "SERVICE", "PORT"].includes(text));
const route = fc.stringMatching(/^\/([A-Za-z0-9._~-]{1,6}(\/[A-Za-z0-9._~-]{1,6}){0,2})?$/);
export const version = fc.stringMatching(/^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}$/);
const duration = fc.constantFrom("0", "250ms", "5s", "2m");
const health = fc.record(
	{
		path: fc.constantFrom("/health", "/ready", "/"),
		status: fc.integer({ min: 100, max: 599 }),
		docker: fc.boolean(),
		command: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
		staysUp: duration,
		version: fc.record({ path: route, json: fc.string({ minLength: 1 }) }, { requiredKeys: ["path"] }),
	},
	{ requiredKeys: [] },
);

const service = fc
	.record(
		{
			port: fc.integer({ min: 1, max: 65_535 }),
			route,
			replicas: fc.integer({ min: 1, max: 5 }),
			health,
			env: fc.dictionary(variable, fc.string(), { maxKeys: 3 }),
			secretsAs: fc.constantFrom("env" as const, "file" as const),
			resources: fc.record(
				{ memoryMb: fc.integer({ min: 16, max: 4_096 }), cpus: fc.constantFrom(0.5, 1, 4) },
				{ requiredKeys: [] },
			),
			command: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
			onlyWhenActive: fc.boolean(),
			stopGrace: duration,
		},
		{ requiredKeys: [] },
	)
	.map(({ route, health, ...rest }) => {
		// Without a port there is nothing to route to and no path to ask.
		if (rest.port !== undefined) return { ...rest, ...(route && { route }), ...(health && { health }) };
		const { path: _path, version: _version, ...withoutPaths } = health ?? {};
		return { ...rest, health: withoutPaths };
	});

const services = fc
	.dictionary(name, service, { minKeys: 1, maxKeys: 4 })
	.filter((all) => distinct(Object.values(all).flatMap((one) => ("route" in one ? [one.route] : []))));

function distinct(routes: readonly (string | undefined)[]): boolean {
	return new Set(routes.map((one) => one?.toLowerCase())).size === routes.length;
}

const color = fc.record({ version, revision: fc.constantFrom("1", "2") }, { requiredKeys: ["version"] });

/** As people write them; both colors have a version. */
export const input: fc.Arbitrary<ReleaseInput> = fc.record({
	activeColor: fc.constantFrom("blue" as const, "green" as const),
	images: fc.constant("registry.example.com/{service}:{version}"),
	colors: fc.record({ blue: color, green: color }),
	services,
	standby: fc.constantFrom("warm" as const, "removed" as const),
});

/** The same, parsed. */
export const settings: fc.Arbitrary<ReleaseSettings> = input.map(settingsOf);

/** @throws Error where `written` has a problem: a mistake of the test. */
export function settingsOf(written: ReleaseInput): ReleaseSettings {
	const parsed = parse(release, written);
	const problems = "problems" in parsed ? parsed.problems : checkRelease(parsed.value, { releases: {} });
	if ("problems" in parsed || problems.length > 0) throw new Error(JSON.stringify(problems));
	return parsed.value;
}

/** What a JSON file makes of a value, as Pulumi's state does. */
export function throughState<T>(value: T): T {
	return JSON.parse(JSON.stringify(value)) as T;
}

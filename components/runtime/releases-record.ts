import { sameRelease } from "../plan/plan";
import type { ReleasesRecord, Served, ServedReleases } from "../plan/trial";
import { RELEASES_FILE } from "../proxy/paths";
import type { Color } from "../settings/schema";
import type { ProxyFiles } from "./caddy/files";
import { messageOf, type Reporter } from "./report";
import type { CutoverInputs } from "./steps";

/**
 * Notes beside the switch file what was released, for the next `up` to know whatever becomes of this one and of the state;
 * and, where `served` is given, that this color has all traffic and is well. Traffic is where it should be by then, so a
 * record that cannot be written is no failure; the state has it too.
 *
 * @returns what has had all traffic by now, as far as that is known.
 */
export async function recordReleases(
	files: ProxyFiles,
	releases: CutoverInputs["releases"],
	served: { readonly to: Color; readonly from?: Color } | undefined,
	known: ServedReleases | undefined,
	report: Reporter,
): Promise<ServedReleases | undefined> {
	let all = known;
	try {
		const before = await files.read(RELEASES_FILE);
		// The host knows more than the state where an `up` was interrupted.
		all = { ...known, ...servedIn(before) };
		if (served !== undefined) all = withServed(all, releases, served);
		const record: ReleasesRecord = { ...releases, ...(Object.keys(all).length > 0 && { served: all }) };
		const text = JSON.stringify(record);
		if (before !== text) await files.write(RELEASES_FILE, text);
	} catch (error) {
		report.warn(
			`traffic has moved and is well, but what was released could not be recorded on the host: ${messageOf(error)}`,
		);
	}
	return all;
}

function servedIn(text: string | undefined): ServedReleases {
	try {
		return (JSON.parse(text ?? "{}") as ReleasesRecord).served ?? {};
	} catch {
		return {};
	}
}

/** A release keeps the time of its first visit. The color that served before has been there longer, noted or not. */
function withServed(
	known: ServedReleases,
	releases: CutoverInputs["releases"],
	{ to, from }: { readonly to: Color; readonly from?: Color },
): ServedReleases {
	const noted = (color: Color, since: string): Partial<Record<Color, Served>> => {
		const release = releases[color];
		if (release === undefined) return {};
		const before = known[color];
		if (before !== undefined && sameRelease(before, release)) return { [color]: before };
		const { version, revision } = release;
		return { [color]: { version, ...(revision !== undefined && { revision }), since } };
	};
	return {
		...known,
		...(from !== undefined && noted(from, new Date(0).toISOString())),
		...noted(to, new Date().toISOString()),
	};
}

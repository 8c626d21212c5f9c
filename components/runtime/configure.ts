import { pageFiles } from "../proxy/pages";
import { CADDYFILE, PREVIEW_TOKEN_FILE, SWITCH_FILE } from "../proxy/paths";
import { wantedValue } from "../proxy/switch-file";
import type { CaddyAdmin } from "./caddy/admin";
import type { ProxyFiles } from "./caddy/files";
import { assertSupportedCaddy } from "./caddy/version";
import type { Engine } from "./docker/engine";
import { messageOf, type Reporter, StepError } from "./report";
import type { CutoverInputs } from "./steps";

/** The ways to reach the proxy. */
export interface ProxyAccess {
	readonly engine: Engine;
	readonly admin: CaddyAdmin;
	readonly files: ProxyFiles;
}

/**
 * Brings Caddy to run the Caddyfile, and to come back with it after a restart; does nothing where that is so already.
 *
 * @param first Nothing serves yet.
 * @param whoServes One sentence, for the error.
 * @throws StepError with Caddy's reason, and who serves: what ran before goes on.
 */
export async function configure(
	{ engine, admin, files }: ProxyAccess,
	inputs: CutoverInputs,
	first: boolean,
	whoServes: string,
	report: Reporter,
): Promise<void> {
	const { caddyfile, proxy, active, maintenance } = inputs;
	try {
		// Before Caddy is told of them; another token or page is no reason to load anything.
		await writeWhatDiffers(files, filesBeside(inputs));
		const runs = await admin.runs(caddyfile);
		// Where an earlier write of the file failed, Caddy would come back from a restart with another configuration.
		if (runs && (await files.read(CADDYFILE)) === caddyfile) return;
		await assertSupportedCaddy(engine, proxy.container);
		// Before Caddy first reads it: a missing file would mean blue.
		if (first) await files.write(SWITCH_FILE, wantedValue(active, maintenance));
		if (!runs) await admin.load(caddyfile);
		await files.write(CADDYFILE, caddyfile);
		if (!runs) report.info("Caddy runs a new Caddyfile: the routing shape changed");
	} catch (error) {
		const message = messageOf(error);
		const next = message.includes("\nNext: ") ? "" : "\nNext: mend that, then: pulumi up";
		throw new StepError(`The proxy could not be configured. ${whoServes}\n${message}${next}`);
	}
}

/** What Caddy reads while it answers: the pages, and the token that it compares with what requests carry. */
function filesBeside({ page, previewToken }: CutoverInputs): Record<string, string> {
	return { ...pageFiles(page), ...(previewToken !== undefined && { [PREVIEW_TOKEN_FILE]: previewToken }) };
}

async function writeWhatDiffers(files: ProxyFiles, wanted: Readonly<Record<string, string>>): Promise<void> {
	const paths = Object.keys(wanted);
	const there = await Promise.all(paths.map((path) => files.read(path)));
	for (const [index, path] of paths.entries())
		if (there[index] !== wanted[path]) await files.write(path, wanted[path] ?? "");
}

import { CADDYFILE, PREVIEW_TOKEN_FILE, SWITCH_FILE, switchValue } from "../proxy/paths";
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
	const { caddyfile, proxy, active } = inputs;
	try {
		// Before Caddy first refers to it.
		await keepPreviewToken(files, inputs);
		const runs = await admin.runs(caddyfile);
		// Where an earlier write of the file failed, Caddy would come back from a restart with another configuration.
		if (runs && (await files.read(CADDYFILE)) === caddyfile) return;
		await assertSupportedCaddy(engine, proxy.container);
		// Before Caddy first reads it: a missing file would mean blue.
		if (first) await files.write(SWITCH_FILE, switchValue(active));
		if (!runs) await admin.load(caddyfile);
		await files.write(CADDYFILE, caddyfile);
		if (!runs) report.info("Caddy runs a new Caddyfile: the routing shape changed");
	} catch (error) {
		const message = messageOf(error);
		const next = message.includes("\nNext: ") ? "" : "\nNext: mend that, then: pulumi up";
		throw new StepError(`The proxy could not be configured. ${whoServes}\n${message}${next}`);
	}
}

/**
 * Writes the token where Caddy compares it with what requests carry, if it does not stand there. Caddy reads the file for
 * each request that carries one, so another token needs no reload.
 */
async function keepPreviewToken(
	files: ProxyFiles,
	{ previewToken }: Pick<CutoverInputs, "previewToken">,
): Promise<void> {
	if (previewToken === undefined || (await files.read(PREVIEW_TOKEN_FILE)) === previewToken) return;
	await files.write(PREVIEW_TOKEN_FILE, previewToken);
}

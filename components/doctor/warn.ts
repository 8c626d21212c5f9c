import * as pulumi from "@pulumi/pulumi";
import { stackLabel } from "../labels";
import { proxyName } from "../plan/names";
import type { Deployed } from "../plan/types";
import { peekHost } from "../runtime/host-facts";
import type { Settings } from "../settings/schema";
import type { Finding } from "./finding";
import { imagesToSee, judgeHost } from "./host";
import { needsOf } from "./needs";

/** A preview does not wait longer for one answer of Docker's. */
const ANSWER_MS = 2_000;

/**
 * The cheap part of `npm run doctor`, in every preview (also in that of an `up`): warns of too little disk, of too little memory for
 * two colors, of an image for another processor, and of an old proxy, before anything changes. Says nothing of
 * what is well, nor of what cannot be seen. Wait for it last: Docker answers while the resources are being declared.
 *
 * @param prefix As given to `BlueGreen`.
 */
export async function warnOfHost(settings: Settings, deployed: Deployed, prefix: string): Promise<void> {
	if (!pulumi.runtime.isDryRun()) return;
	const needs = needsOf(settings, deployed, prefix);
	const proxy = proxyName(prefix);
	const seen = await peekHost({ stack: stackLabel(), proxy, images: imagesToSee(needs) }, ANSWER_MS);
	const caddy = { why: "a preview runs nothing in the proxy" };
	for (const finding of judgeHost(needs, settings.proxy.image, { ...seen, caddy })) {
		const text = warningText(finding);
		if (text !== undefined) void pulumi.log.warn(text);
	}
}

/** Undefined for what is nobody's trouble. */
export function warningText({ check, grade, text, next }: Finding): string | undefined {
	if (grade !== "warning" && grade !== "problem") return undefined;
	return [`${check}: ${text}`, ...(next === undefined ? [] : [`Next: ${next}`])].join("\n");
}

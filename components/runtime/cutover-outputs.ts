import { type Color, otherColor } from "../settings/schema";
import type { PublicProxy } from "./public-side";
import type { CutoverInputs, CutoverOutputs, TrialRecord } from "./steps";

/** What the state says when the active color has all traffic. */
export function outputsOf(news: CutoverInputs, { trust }: PublicProxy): CutoverOutputs {
	const { active, releases } = news;
	return {
		...news,
		activeColor: active,
		activeVersion: releases[active]?.version ?? "",
		standbyColor: otherColor(active),
		standbyVersion: releases[otherColor(active)]?.version ?? "",
		caddyfileInForce: true,
		...(trust?.root !== undefined && { rootCertificate: trust.root }),
	};
}

/**
 * What it says where the color is left with its share: until it has all traffic, the color on trial is not the active one.
 *
 * @param from The color that has the rest.
 */
export function restingOutputs(
	news: CutoverInputs,
	publicSide: PublicProxy,
	{ lastCutover, served }: Partial<CutoverOutputs>,
	from: Color | undefined,
	onTrial: TrialRecord,
): CutoverOutputs {
	const version = (color: Color) => news.releases[color]?.version ?? "";
	return {
		...outputsOf(news, publicSide),
		activeColor: "shared",
		...(from && { activeVersion: version(from), standbyVersion: version(news.active) }),
		standbyColor: news.active,
		...(lastCutover && { lastCutover }),
		...(served && { served }),
		onTrial,
	};
}

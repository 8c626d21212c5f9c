import { readFileSync } from "node:fs";
import path from "node:path";
import { type Preview, parsePreview } from "../../../../scripts/preview/preview";
import { renderComment } from "../../../../scripts/preview-comment/comment";
import type { PreviewKind } from "./kinds";

export function recordedFile(kind: PreviewKind): string {
	return path.join(__dirname, "../../../fixtures/previews", `${kind}.json`);
}

/** A preview that a real stack gave. */
export function recorded(kind: PreviewKind): Preview {
	return parsePreview(readFileSync(recordedFile(kind), "utf8"));
}

/** The comment on it. */
export function commentOn(preview: Preview, more: { failed?: boolean; limitBytes?: number } = {}): string {
	const failed = preview.diagnostics.some(({ severity }) => severity === "error");
	return renderComment(preview, { stack: "shop/prod", failed, ...more });
}

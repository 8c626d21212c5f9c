/**
 * The kinds of previews that are kept in test/fixtures/previews, recorded from a real stack by
 * test/e2e/preview-comment.test.ts, with the first line of their comments.
 */
export const KINDS = {
	"first-deployment": "Traffic: none → blue (1.0.0)",
	"no-change": "Traffic: unchanged",
	release: "Traffic: blue → green (1.0.0 → 2.0.0)",
	rollback: "Traffic: green → blue (2.0.0 → 1.0.0)",
	"new-standby": "Traffic: unchanged",
	"more-replicas": "Traffic: unchanged",
	"fewer-replicas": "Traffic: unchanged",
	"database-update": "Traffic: unchanged",
	"proxy-port": "Traffic: unchanged",
	"standby-removed": "Traffic: green → blue (2.0.0 → 1.0.0)",
	"failing-settings": "Traffic: unknown, because the preview failed",
	"database-removed": "Traffic: unknown, because the preview failed",
} as const;

export type PreviewKind = keyof typeof KINDS;

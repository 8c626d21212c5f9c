/** What a page is shown for. */
export interface PageText {
	readonly title: string;
	readonly sentence: string;
}

/** How often a browser asks again. */
const REFRESH_S = 2;

/**
 * The built-in page: light or dark as the browser likes it, and it asks again by itself until the product answers. All in one
 * file, because whatever it would refer to is not served either; no script, so that nothing has to be allowed for it.
 */
export function builtInPage({ title, sentence }: PageText): string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="${REFRESH_S}">
<title>${title}</title>
<style>
:root { color-scheme: light dark; --paper: #f6f5f1; --ink: #1f2328; --quiet: #57606a; --mark: #2f6f9f; }
@media (prefers-color-scheme: dark) {
	:root { --paper: #15181c; --ink: #e8e6e1; --quiet: #9aa4af; --mark: #7fb4da; }
}
* { box-sizing: border-box; }
body {
	margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem;
	background: var(--paper); color: var(--ink);
	font: 1.125rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 34rem; border-left: 0.25rem solid var(--mark); padding-left: 1.5rem; }
h1 { margin: 0 0 0.5rem; font-size: 1.75rem; line-height: 1.25; font-weight: 600; }
p { margin: 0; }
p + p { margin-top: 0.75rem; color: var(--quiet); font-size: 1rem; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${sentence}</p>
<p role="status">This page asks again by itself every ${REFRESH_S} seconds.</p>
</main>
</body>
</html>
`;
}

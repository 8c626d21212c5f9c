import { TestStack } from "./stack";

/**
 * A stack of one service that tells what of a request reaches it: Caddy, from the image that the proxy has anyway. Without
 * databases, so that an `up` takes seconds.
 */
export async function mirrorStack(name: string, proxy: object = {}): Promise<TestStack> {
	const stack = await TestStack.create(name);
	const ownProxy = stack.read("proxy") as { image: string };
	stack.configure("proxy", { ...ownProxy, ...proxy });
	stack.configure("databases", {});
	stack.configure("migrations", {});
	stack.configure("images", `${ownProxy.image.replace(/:[^:/]*$/, "")}:{version}`);
	const images = { mirror: ownProxy.image };
	stack.configure("colors", { blue: { version: "1.0.0", images } });
	stack.configure("services", {
		mirror: {
			port: 3000,
			route: "/",
			health: { path: "/health", version: { path: "/version" } },
			env: { CADDYFILE },
			command: ["sh", "-c", 'printf %s "$CADDYFILE" | exec caddy run --adapter caddyfile --config -'],
		},
	});
	return stack;
}

/** Gives a color a version; the image is the same for all. */
export function release(stack: TestStack, color: "blue" | "green", version: string): void {
	const colors = stack.read("colors") as { blue: { images: object } };
	stack.configure("colors", { ...colors, [color]: { version, images: colors.blue.images } });
}

/** What the mirror answers on any path but a few. */
export interface Mirrored {
	readonly color: string;
	readonly version: string;
	/** Empty: there was no such header. */
	readonly preview: string;
	readonly cookie: string;
}

const CADDYFILE = `
:3000 {
	respond /health ok
	respond /version {env.VERSION}
	respond /fails "no such column: note" 500
	respond \`["{env.COLOR}", "{env.VERSION}", "{http.request.header.X-Preview}", "{http.request.header.Cookie}"]\`
}
`;

export interface Seen extends Mirrored {
	readonly status: number;
	readonly headers: Headers;
}

/** A request, and what of it reached the service; where something else answered, all of that is empty. */
export async function look(url: string, headers: Record<string, string> = {}): Promise<Seen> {
	const response = await fetch(url, { headers, redirect: "manual" });
	const text = await response.text();
	const [color = "", version = "", preview = "", cookie = ""] = response.ok
		? (JSON.parse(text) as string[])
		: [];
	return { status: response.status, headers: response.headers, color, version, preview, cookie };
}

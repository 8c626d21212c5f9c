import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { caddy, debian, node } from "../../../scripts/images/ingredients";
import { environment, temporaryFolder } from "./temporary";

const folder = temporaryFolder();
const programs = () => path.join(folder(), "bin");
const cache = () => path.join(folder(), "cache", "pulumi-docker-blue-green");
environment(() => ({
	PATH: `${programs()}:${process.env.PATH}`,
	XDG_CACHE_HOME: path.join(folder(), "cache"),
}));

/** Puts a shell script in front of everything else on PATH. */
function program(name: string, script: string): void {
	mkdirSync(programs(), { recursive: true });
	writeFileSync(path.join(programs(), name), `#!/bin/sh\n${script}\n`);
	chmodSync(path.join(programs(), name), 0o755);
}

function quietly() {
	const lines: string[] = [];
	return { lines, report: (line: string) => lines.push(line) };
}

/** A compiler whose result says it is the given version of Caddy. */
const compilerOf = (version: string) => `
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho v${version} h1:abc=\\n' > "$2"
chmod +x "$2"
echo compiled >> "${folder()}/compiled"`;

describe("caddy", () => {
	it("is compiled once, and is then what the cache holds", async () => {
		program("go", compilerOf("2.11.9"));
		const { lines, report } = quietly();
		const file = await (await caddy()).file(report);
		expect(await (await caddy()).file(report)).toBe(file);
		expect(readFileSync(path.join(folder(), "compiled"), "utf8")).toBe("compiled\n");
		expect(lines).toEqual([
			"compiling Caddy from its Go module (1 to 2 minutes the first time, then cached)",
		]);
	});

	it("is refused, and not kept, when it is too old", async () => {
		program("go", compilerOf("2.11.1"));
		await expect((await caddy()).file(quietly().report)).rejects.toThrow("Caddy 2.11.1 is too old");
		expect(readdirSync(cache())).toEqual([]);
	});

	it("says what to look at when it cannot be compiled", async () => {
		program("go", "echo 'dial tcp: lookup proxy: no such host' >&2; exit 1");
		await expect((await caddy()).file(quietly().report)).rejects.toThrow(
			/^compiling Caddy: `go build .*` failed with exit code 1\n {2}dial tcp: lookup proxy: no such host\nIt needs Go/,
		);
	});
});

describe("node", () => {
	it("is refused, and not kept, when the registry's file is not the one that is pinned", async () => {
		program("npm", `echo '[{"filename": "node.tgz", "integrity": "sha512-other"}]'`);
		await expect(node().file(quietly().report)).rejects.toThrow(
			/^node-linux-\w+@22\.\S+ from the npm registry is not the file it was: its digest is sha512-other, not sha512-\S+\. It is not used\./,
		);
		expect(readdirSync(cache())).toEqual([]);
	});
});

describe("debian", () => {
	const counting = () =>
		`for file; do :; done; echo made >> "${folder()}/made"; cp "${folder()}/made" "$file"`;

	it("is made once, and again on demand", async () => {
		program("mmdebstrap", counting());
		const { report } = quietly();
		const file = await debian(false).file(report);
		await debian(false).file(report);
		expect(readFileSync(file, "utf8")).toBe("made\n");
		expect(await debian(true).file(report)).toBe(file);
		expect(readFileSync(file, "utf8")).toBe("made\nmade\n");
	});

	it("says what to install where it cannot do so itself", async () => {
		mkdirSync(programs());
		symlinkSync("/bin/sh", path.join(programs(), "sh"));
		process.env.PATH = programs();
		await expect(debian(false).file(quietly().report)).rejects.toThrow(
			"No registry answers, and the local images need mmdebstrap, which is not here.\nInstall it (Debian, Ubuntu: sudo apt-get install mmdebstrap debian-archive-keyring), then run the same command again.",
		);
		expect(readdirSync(cache())).toEqual([]);
	});
});

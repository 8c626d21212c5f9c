import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import own from "../../components/package.json";
import root from "../../package.json";
import { projectFolder, toolEnvironment } from "../../scripts/lib/environment";
import { buildPackage } from "../../scripts/package/build";
import { freePort } from "./support/stack";

/** The npm package as others get it, in a project that knows nothing of this repository. */
describe("the npm package", () => {
	const temporary = mkdtempSync(path.join(tmpdir(), "blue-green-package-"));
	const project = path.join(temporary, "hello");
	const state = path.join(temporary, "state");
	const modules = path.join(project, "node_modules");
	let files: string[];

	beforeAll(async () => {
		const built = path.join(temporary, "built");
		await buildPackage(built);
		const packed = await execa("npm", ["pack", built, "--json", "--pack-destination", temporary], {
			cwd: temporary,
		});
		const [tarball] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
		files = tarball.files.map((file) => file.path);

		mkdirSync(project);
		mkdirSync(state);
		for (const file of ["index.ts", "Pulumi.yaml"])
			cpSync(path.join(projectFolder, "examples", "minimal", file), path.join(project, file));
		// What the package depends on, in the versions that this repository runs with.
		const versions: Record<string, string> = { ...root.devDependencies, ...root.dependencies };
		const pinned = Object.keys(own.dependencies).map((name) => [name, versions[name]]);
		const dependencies = {
			...Object.fromEntries(pinned),
			"@types/node": versions["@types/node"],
			[own.name]: `file:${path.join(temporary, tarball.filename)}`,
		};
		writeFileSync(
			path.join(project, "package.json"),
			JSON.stringify({ name: "hello", private: true, main: "index.js", dependencies }),
		);
		await execa("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], {
			cwd: project,
			timeout: 5 * 60_000,
		});
	});
	afterAll(() => rmSync(temporary, { recursive: true, force: true }));

	it("holds what is built, its types, its README and its license, and nothing else", () => {
		expect(files.filter((file) => !/\.(js|d\.ts)$/.test(file)).sort()).toEqual([
			"LICENSE",
			"README.md",
			"compile-cache.cjs",
			"migrate.cjs",
			"package.json",
			"provider.cjs",
			"quick-start.cjs",
		]);
		const rooms = files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]);
		expect([...new Set(rooms)].sort()).toEqual([
			"blue-green",
			"databases",
			"doctor",
			"migrations",
			"plan",
			"proxy",
			"runtime",
			"settings",
		]);
		const code = files.filter((file) => file.endsWith(".js"));
		expect(files.filter((file) => file.endsWith(".d.ts")).length).toBe(code.length);
		expect(files.filter((file) => /test|script/i.test(file))).toEqual([]);
	});

	it("needs no TypeScript loader, and brings none", () => {
		for (const name of ["esbuild", "tsx", "typescript"])
			expect(existsSync(path.join(modules, name)), name).toBe(false);
	});

	it("is loaded by its exports only", async () => {
		const load = async (name: string) =>
			(await execa("node", ["-e", `require("${name}")`], { cwd: project, reject: false })).stderr;
		expect(await load(`${own.name}/runtime/resources`)).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
		// Without its inputs, a migration gets as far as reading them.
		expect(await load(`${own.name}/migrate.cjs`)).toMatch(
			/SyntaxError: Unexpected end of JSON input[\s\S]*runtime\/migrations\/command\.js/,
		);
	});

	it("type-checks a program, the declarations themselves included", async () => {
		const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
		const target = [
			"--module",
			"nodenext",
			"--target",
			"es2022",
			"--types",
			"node",
			"--skipLibCheck",
			"false",
		];
		// An error as well if nothing were wrong there: the types say something.
		writeFileSync(
			path.join(project, "wrong.ts"),
			`import type { Color } from "${own.name}";\n// @ts-expect-error\nexport const color: Color = "red";\n`,
		);
		const tsc = require.resolve("typescript/bin/tsc");
		const compiled = await execa("node", [tsc, ...strict, ...target, "index.ts", "wrong.ts"], {
			cwd: project,
			reject: false,
		});
		expect(compiled.stdout).toBe("");
		expect(compiled.exitCode).toBe(0);
	});

	describe("with a real stack", () => {
		let stack: Stack;
		let url: string;

		beforeAll(async () => {
			const environment = toolEnvironment();
			process.env.PATH = environment.PATH;
			stack = await LocalWorkspace.createOrSelectStack(
				{ stackName: "e2e-package", workDir: project },
				{
					envVars: {
						...(environment as Record<string, string>),
						PULUMI_BACKEND_URL: `file://${state}`,
						PULUMI_CONFIG_PASSPHRASE: "end-to-end",
						PULUMI_CONFIG_PASSPHRASE_FILE: "",
					},
				},
			);
			const local = parse(readFileSync(path.join(projectFolder, "Pulumi.local.yaml"), "utf8"));
			const caddyImage: string = local.config["shop:proxy"].image;
			const port = await freePort();
			url = `http://127.0.0.1:${port}`;
			const built = caddyImage.startsWith("blue-green-local/");
			await stack.setAllConfig({
				caddyImage: { value: caddyImage },
				nodeImage: { value: built ? "blue-green-local/node:22" : "node:22-slim" },
				httpPort: { value: String(port) },
				activeColor: { value: "blue" },
			});
		});
		afterAll(() => stack.destroy());

		it("previews, deploys and releases", async () => {
			expect((await stack.preview()).changeSummary.create).toBeGreaterThan(5);
			await stack.up();
			expect(await (await fetch(url)).text()).toBe("hello from 1\n");
			await stack.setConfig("activeColor", { value: "green" });
			const { outputs } = await stack.up();
			expect(outputs).toMatchObject({ activeColor: { value: "green" }, activeVersion: { value: "2" } });
			expect(await (await fetch(url)).text()).toBe("hello from 2\n");
		});

		it("leaves nothing of this machine in the state, and changes nothing the next time", async () => {
			const { deployment } = await stack.exportStack();
			const providers = (deployment.resources as { inputs?: { __provider?: string } }[]).flatMap(
				({ inputs }) => inputs?.__provider ?? [],
			);
			expect(providers).toContain(`exports.handler = () => require("${own.name}/provider.cjs")("cutover");`);
			expect(JSON.stringify(deployment)).not.toContain(modules);
			expect(Object.keys((await stack.preview()).changeSummary)).toEqual(["same"]);
		});
	});
});

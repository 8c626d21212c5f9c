import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectFolder, toolEnvironment } from "../../scripts/lib/environment";
import { freePort } from "./support/stack";

/** The components in a program of its own, with none of this project's settings. */
describe("the example program", () => {
	const folder = path.join(projectFolder, "examples", "minimal");
	const state = mkdtempSync(path.join(tmpdir(), "blue-green-example-"));
	let stack: Stack;
	let url: string;

	beforeAll(async () => {
		const environment = toolEnvironment();
		process.env.PATH = environment.PATH;
		stack = await LocalWorkspace.createOrSelectStack(
			{ stackName: "e2e-example", workDir: folder },
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
	afterAll(async () => {
		await stack.destroy();
		rmSync(state, { recursive: true });
		rmSync(path.join(folder, "Pulumi.e2e-example.yaml"), { force: true });
	});

	it("deploys and releases", async () => {
		const first = await stack.up();
		expect(first.outputs.activeColor?.value).toBe("blue");
		expect(await (await fetch(url)).text()).toBe("hello from 1\n");
		await stack.setConfig("activeColor", { value: "green" });
		const second = await stack.up();
		expect(second.outputs).toMatchObject({ activeColor: { value: "green" }, activeVersion: { value: "2" } });
		expect(await (await fetch(url)).text()).toBe("hello from 2\n");
	});

	it("does not replace what serves", async () => {
		await stack.setConfig("greenVersion", { value: "3" });
		await expect(stack.up()).rejects.toThrow("would replace the containers of green 2 that are serving now");
		expect(await (await fetch(url)).text()).toBe("hello from 2\n");
	});
});

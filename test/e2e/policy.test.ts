import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { DAYS } from "../../policy/rules/window";
import { projectFolder, toolEnvironment } from "../../scripts/lib/environment";
import { freePort } from "./support/stack";

/** The policy pack, started by the CLI, before a release of the example program. */
describe("the policy pack", () => {
	const folder = path.join(projectFolder, "examples", "minimal");
	const state = mkdtempSync(path.join(tmpdir(), "blue-green-policy-"));
	let stack: Stack;

	/** All that a preview under the pack says. */
	async function preview(config: object): Promise<string> {
		const file = path.join(state, "policy.json");
		writeFileSync(file, JSON.stringify(config));
		const pack = path.join(projectFolder, "policy", "serve");
		const run = stack.preview({ policyPacks: [pack], policyPackConfigs: [file] });
		return run.then(
			({ stdout }) => stdout,
			(error: Error) => `failed: ${error.message}`,
		);
	}

	beforeAll(async () => {
		const environment = toolEnvironment();
		process.env.PATH = environment.PATH;
		stack = await LocalWorkspace.createOrSelectStack(
			{ stackName: "e2e-policy", workDir: folder },
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
		const built = caddyImage.startsWith("blue-green-local/");
		await stack.setAllConfig({
			caddyImage: { value: caddyImage },
			nodeImage: { value: built ? "blue-green-local/node:22" : "node:22-slim" },
			httpPort: { value: String(await freePort()) },
			activeColor: { value: "blue" },
		});
		await stack.up();
		await stack.setConfig("activeColor", { value: "green" });
	});
	afterAll(async () => {
		await stack.destroy();
		rmSync(state, { recursive: true });
		rmSync(path.join(folder, "Pulumi.e2e-policy.yaml"), { force: true });
	});

	it("refuses a release without smoke checks, and nothing else of this one", async () => {
		const said = await preview({});
		expect(said).toContain("failed:");
		expect(said).toContain("smoke-checks");
		expect(said).toContain("traffic goes from blue to green, and no smoke check asks anything");
		expect(said).not.toContain("pinned-images");
		expect(said).not.toContain("change-window");
	});

	it("takes its settings: what is disabled, what only warns, digests and windows", async () => {
		// Not today, and not the day that may begin meanwhile.
		const today = new Date().getUTCDay();
		const days = DAYS.filter((_, index) => (index + 1) % 7 !== today && index !== today);
		const said = await preview({
			"smoke-checks": "disabled",
			"pinned-images": { enforcementLevel: "advisory", digest: true },
			"change-window": { windows: [{ days, from: "00:00", to: "24:00" }] },
		});
		expect(said).toContain("failed:");
		expect(said).not.toContain("no smoke check asks anything");
		expect(said).toContain("is not pinned to a digest");
		expect(said).toContain("traffic goes to a new release only at");
	});

	it("lets a release through that keeps the rules", async () => {
		const said = await preview({ "smoke-checks": "disabled" });
		expect(said).not.toContain("failed:");
		expect(said).toContain("blue-green");
	});
});

import { writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../scripts/lib/environment";
import { parsePreview } from "../../scripts/preview/preview";
import { renderComment } from "../../scripts/preview-comment/comment";
import { KINDS, type PreviewKind } from "../unit/preview-comment/support/kinds";
import { assertSucceeded, freePort, TestStack } from "./support/stack";

/**
 * Previews of a real stack, of every kind that the unit tests know. With RECORD_PREVIEWS=yes they become the fixtures of those:
 * `RECORD_PREVIEWS=yes npx vitest run --project e2e test/e2e/preview-comment.test.ts`
 */
const RECORD = process.env.RECORD_PREVIEWS === "yes";
const SECRET = "canary-b0a1f7c2";

describe("the comment on a preview of a real stack", () => {
	let shop: TestStack;
	let otherPort: number;

	beforeAll(async () => {
		shop = await TestStack.create("comment-previews");
		otherPort = await freePort();
		await shop.stack.setConfig("secrets.SESSION_KEY", { value: SECRET, secret: true }, true);
		await shop.set("services.web.secrets[0]", "SESSION_KEY");
	});
	afterAll(() => shop?.dispose());

	it("tells of a first deployment", async () => {
		await look("first-deployment");
		assertSucceeded(await shop.up());
	});

	it("tells that nothing changes", () => look("no-change"));

	it("tells of a release", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		await look("release");
		assertSucceeded(await shop.up());
	});

	it("tells of a rollback, and of the containers that go where the standby is removed", async () => {
		await shop.set("activeColor", "blue");
		await look("rollback");
		await shop.set("standby", "removed");
		await look("standby-removed");
		await shop.remove("standby");
		await shop.set("activeColor", "green");
	});

	it("tells of a new version on the standby", async () => {
		await shop.set("colors.blue.version", "2.0.0");
		await look("new-standby");
		await shop.set("colors.blue.version", "1.0.0");
	});

	it("tells of another number of replicas", async () => {
		await shop.set("services.web.replicas", "3");
		await look("more-replicas");
		await shop.set("services.web.replicas", "1");
		await look("fewer-replicas");
		await shop.set("services.web.replicas", "2");
	});

	it("tells that a database will be away, and the proxy", async () => {
		await shop.set("databases.main.parameters.work_mem", "8MB");
		await look("database-update");
		await shop.remove("databases.main.parameters");
		await shop.set("proxy.httpPort", String(otherPort));
		await look("proxy-port");
		await shop.set("proxy.httpPort", String(shop.port));
	});

	it("tells why a preview failed", async () => {
		await shop.set("colors.green.version", "2.0.1");
		await look("failing-settings");
		await shop.set("colors.green.version", "2.0.0");
		await shop.remove("databases.cache");
		await look("database-removed");
	});

	async function look(kind: PreviewKind): Promise<void> {
		const { stdout, failed } = await execa("pulumi", ["preview", "--json", "--stack", shop.name], {
			cwd: projectFolder,
			env: shop.stack.workspace.envVars,
			reject: false,
		});
		const preview = parsePreview(stdout);
		const comment = renderComment(preview, { stack: `shop/${shop.name}`, failed });
		if (RECORD)
			writeFileSync(path.join(projectFolder, "test/fixtures/previews", `${kind}.json`), kept(stdout));
		expect(comment.split("\n")[0]).toBe(KINDS[kind]);
		expect(comment).not.toContain(SECRET);
		expect(stdout).not.toContain(SECRET);
	}

	/** Without what differs from one run and one machine to the next, and what no comment reads. */
	function kept(stdout: string): string {
		const { config: _, ...digest } = JSON.parse(stdout) as Record<string, unknown>;
		const read = (key: string, value: unknown) => {
			const who = key === "outputs" && value !== null && Object.hasOwn(value as object, "activeColor");
			return DROPPED.has(key) || (key === "outputs" && !who) ? undefined : value;
		};
		const named = JSON.stringify(digest, read, "\t")
			.replaceAll(shop.name, "prod")
			.replaceAll(projectFolder, "/project")
			.replaceAll(String(shop.port), "8080")
			.replaceAll(String(otherPort), "8081");
		return `${named}\n`;
	}
});

const DROPPED = new Set([
	"aliases",
	"created",
	"dependencies",
	"duration",
	"modified",
	"propertyDependencies",
	"provider",
	"sourcePosition",
	"stackTrace",
]);

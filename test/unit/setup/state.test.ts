import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureState, projectName, stacksIn, writeEnvironment } from "../../../scripts/set-up/state";

let project: string;
let passphrase: string;

beforeEach(() => {
	project = mkdtempSync(path.join(tmpdir(), "state-test-"));
	passphrase = path.join(project, ".passphrase");
	writeFileSync(path.join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
});

afterEach(() => rmSync(project, { recursive: true }));

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const ignore = () => {};

function addStack(file: string): void {
	const folder = path.join(project, ".state/.pulumi/stacks/shop");
	mkdirSync(folder, { recursive: true });
	writeFileSync(path.join(folder, file), "{}");
}

describe("ensureState", () => {
	it("makes a passphrase of 32 random bytes that only its owner can read", () => {
		const umask = process.umask(0);
		try {
			ensureState(project, ignore);
		} finally {
			process.umask(umask);
		}
		expect(mode(passphrase)).toBe("600");
		const content = readFileSync(passphrase, "utf8");
		expect(content).toMatch(/^[A-Za-z0-9_-]{43}$/);
		expect(Buffer.from(content, "base64url")).toHaveLength(32);
	});

	it("never says the passphrase", () => {
		const said: string[] = [];
		ensureState(project, (line) => said.push(line));
		expect(said).toHaveLength(1);
		expect(said.join("\n")).not.toContain(readFileSync(passphrase, "utf8"));
	});

	it("keeps the one that is there", () => {
		writeFileSync(passphrase, "mine\n", { mode: 0o600 });
		ensureState(project, ignore);
		ensureState(project, ignore);
		expect(readFileSync(passphrase, "utf8")).toBe("mine\n");
	});

	it("takes other people's right to read it away", () => {
		writeFileSync(passphrase, "mine");
		chmodSync(passphrase, 0o644);
		const said: string[] = [];
		ensureState(project, (line) => said.push(line));
		expect(mode(passphrase)).toBe("600");
		expect(said).toEqual([`${passphrase} could be read by others; now only by you`]);
	});

	it("makes no new one for stacks that another one encrypts", () => {
		addStack("local.json");
		expect(() => ensureState(project, ignore)).toThrow(
			`${passphrase} is missing, but it encrypts the secrets of these stacks: local.`,
		);
		expect(() => statSync(passphrase)).toThrow("ENOENT");
	});

	it("refuses an empty one", () => {
		writeFileSync(passphrase, "\n", { mode: 0o600 });
		expect(() => ensureState(project, ignore)).toThrow(`${passphrase} is empty.`);
	});
});

describe("stacksIn", () => {
	it("names the stacks and none of Pulumi's other files", () => {
		for (const file of ["local.json", "e2e.json.gz", "local.json.bak", "local.json.attrs"]) addStack(file);
		expect(stacksIn(project)).toEqual(["e2e", "local"]);
	});

	it("is empty without a state", () => {
		expect(stacksIn(project)).toEqual([]);
		expect(projectName(project)).toBe("shop");
	});
});

describe("writeEnvironment", () => {
	it("names the passphrase's file and not the passphrase, and its own Pulumi home only when there is one", () => {
		const state = ensureState(project, ignore);
		const own = writeEnvironment(
			project,
			{ version: "1", source: "go", path: ["/c/bin"], home: "/c/home" },
			state,
		);
		expect(own.set).toMatchObject({
			PULUMI_BACKEND_URL: `file://${project}/.state`,
			PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
			PULUMI_HOME: "/c/home",
		});
		const file = readFileSync(path.join(project, ".state/environment.json"), "utf8");
		expect(JSON.parse(file)).toEqual(own);
		expect(file).not.toContain(readFileSync(passphrase, "utf8"));
		const persons = writeEnvironment(project, { version: "1", source: "path", path: [] }, state);
		expect(persons.set).not.toHaveProperty("PULUMI_HOME");
		expect(persons.path).toEqual([]);
	});
});

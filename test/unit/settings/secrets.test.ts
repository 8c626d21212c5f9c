import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { load, problemsText, SMALL } from "./configuration";

const HUSH = "hush-4711";

/** The small configuration, whose service gets one secret. */
const config = {
	...SMALL,
	services: { web: { port: 3000, route: "/", secrets: ["API_KEY"] } },
	secrets: { API_KEY: HUSH },
};

test("a secret in its place is secret to Pulumi", async () => {
	const { secrets, release } = await load(config, { secretKeys: ["secrets"] });
	const value = secrets.API_KEY as pulumi.Output<string>;
	expect(await pulumi.isSecret(value)).toBe(true);
	expect(JSON.stringify(release)).not.toContain(HUSH);
});

test("an encrypted value in another setting", async () => {
	const misplaced = { ...SMALL, services: { web: { port: 3000, route: "/", env: { API_KEY: HUSH } } } };
	expect(await problemsText(misplaced, { secretKeys: ["services"] })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  services: holds an encrypted value, and is shown in previews. Allowed: encrypted values under secrets only; services name them.
		      pulumi config set --secret --path secrets.NAME '<value>'"
	`);
});

describe("a secret value is never shown", () => {
	test("that is no text", async () => {
		const wrong = { ...config, secrets: { API_KEY: { value: HUSH } } };
		const text = await problemsText(wrong, { secretKeys: ["secrets"] });
		expect(text).not.toContain(HUSH);
		expect(text).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  secrets.API_KEY: this value is not allowed. Allowed: text.
			      pulumi config set --secret --path secrets.API_KEY '<value>'"
		`);
	});

	test("whose name no variable can have", async () => {
		const wrong = { ...SMALL, secrets: { "api-key": HUSH } };
		const text = await problemsText(wrong, { secretKeys: ["secrets"] });
		expect(text).not.toContain(HUSH);
		expect(text).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  secrets.api-key: not a valid name. Allowed: a name of an environment variable.
			      pulumi config rm --path secrets.api-key"
		`);
	});

	test("where a group belongs", async () => {
		const text = await problemsText({ ...SMALL, secrets: HUSH }, { secretKeys: ["secrets"] });
		expect(text).not.toContain(HUSH);
		expect(text).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  secrets: this value is not allowed. Allowed: a group of named entries.
			      pulumi config rm secrets
			      pulumi config set --secret --path secrets.NAME '<value>'"
		`);
	});

	test("under an unknown setting, of which a known one is near", async () => {
		const text = await problemsText({ ...SMALL, secret: HUSH }, { secretKeys: ["secret"] });
		expect(text).not.toContain(HUSH);
		expect(text).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  secret: holds an encrypted value, and is shown in previews. Allowed: encrypted values under secrets only; services name them.
			      pulumi config set --secret --path secrets.NAME '<value>'
			  secret: unknown setting. Did you mean secrets?
			      pulumi config rm secret"
		`);
	});

	test("in another setting that is wrong as well", async () => {
		const wrong = { ...SMALL, services: { web: { port: 3000, route: HUSH, secretsAs: HUSH } } };
		const text = await problemsText(wrong, { secretKeys: ["services"] });
		expect(text).not.toContain(HUSH);
		expect(text).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  services: holds an encrypted value, and is shown in previews. Allowed: encrypted values under secrets only; services name them.
			      pulumi config set --secret --path secrets.NAME '<value>'
			  services.web.route: this value is not allowed. Allowed: a path prefix such as "/" or "/api".
			      pulumi config set --path services.web.route /api
			  services.web.secretsAs: this value is not allowed. Allowed: file, env.
			      pulumi config set --path services.web.secretsAs file"
		`);
	});
});

test("a value under secrets that somebody forgot to encrypt is not shown either", async () => {
	const text = await problemsText({ ...SMALL, secrets: { API_KEY: [HUSH] } });
	expect(text).not.toContain(HUSH);
	expect(text).toContain("secrets.API_KEY: this value is not allowed. Allowed: text.");
});

test("any other value that is not encrypted is shown, so that a person finds it", async () => {
	const text = await problemsText({ ...SMALL, services: { web: { port: 3000, route: HUSH } } });
	expect(text).toContain(HUSH);
});

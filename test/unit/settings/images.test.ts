import { expect, test } from "vitest";
import { oldImages, registries } from "../../../components/settings/images";
import { load, problemsText, SMALL } from "./configuration";

test("three releases before those of both colors keep their images, or as many as is said, or all", () => {
	expect(oldImages.parse({})).toEqual({ keep: 3 });
	expect(oldImages.parse({ keep: 0 })).toEqual({ keep: 0 });
	expect(oldImages.parse({ keep: "all" })).toEqual({ keep: "all" });
	expect(oldImages.safeParse({ keep: -1 }).success).toBe(false);
});

test("a registry is named as images begin with it", () => {
	const login = { username: "deploy", password: "PASSWORD" };
	for (const name of ["ghcr.io", "registry.example.com:5000", "localhost:5000", "127.0.0.1:40123"])
		expect(registries.parse({ [name]: login })).toEqual({ [name]: login });
	for (const name of ["https://ghcr.io", "ghcr.io/team", "ghcr.io:", ""])
		expect(registries.safeParse({ [name]: login }).success).toBe(false);
});

test("the password of a registry is a name under secrets", async () => {
	const wanted = { "registry.example.com": { username: "deploy", password: "REGISTRY_PASSWORD" } };
	const secrets = { REGISTRY_PASSWORD: "hush" };
	await expect(
		load({ ...SMALL, registries: wanted, secrets }, { secretKeys: ["secrets"] }),
	).resolves.toBeDefined();
	expect(await problemsText({ ...SMALL, registries: wanted })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  registries["registry.example.com"].password: there is no secret REGISTRY_PASSWORD. Allowed: a name under secrets.
		      pulumi config set --secret --path secrets.REGISTRY_PASSWORD '<value>'"
	`);
});

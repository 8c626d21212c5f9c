import { expect, test } from "vitest";
import { problemsText, SMALL } from "./configuration";

const S3 = { endpoint: "https://s3.example.com", bucket: "b", accessKey: "KEY", secretKey: "SECRET" };

test("the keys of the store are names of secrets that are there", async () => {
	expect(await problemsText({ ...SMALL, backups: { s3: S3 }, secrets: { KEY: "k" } })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  backups.s3.secretKey: there is no secret SECRET. Allowed: a name under secrets.
		      pulumi config set --secret --path secrets.SECRET '<value>'"
	`);
});

test("a folder is an absolute path, and at least one backup is kept", async () => {
	expect(await problemsText({ ...SMALL, backups: { folder: "backups", keep: 0 } })).toMatchInlineSnapshot(`
		"2 problems in the settings of stack prod; nothing was touched.
		  backups.keep: 0 is not allowed. Allowed: at least 1.
		      pulumi config set --path backups.keep 7
		  backups.folder: "backups" is not allowed. Allowed: an absolute path on the Docker host.
		      pulumi config set --path backups.folder /var/backups/shop"
	`);
});

import { expect, test } from "vitest";
import { notify, webhooksOf } from "../../../components/settings/notify";
import { load, problemsText, SMALL } from "./configuration";

const HOOK = "https://example.com/hook";

test("one webhook, or a list of them, or none", () => {
	const whole = { url: HOOK, on: ["started", "finished", "paused", "rolled-back", "failed"], format: "json" };
	expect(webhooksOf(notify.parse({ url: HOOK }))).toEqual([whole]);
	expect(
		webhooksOf(notify.parse([{ url: HOOK }, { url: "SLACK_URL", on: ["failed"], format: "slack" }])),
	).toEqual([whole, { url: "SLACK_URL", on: ["failed"], format: "slack" }]);
	expect(webhooksOf(notify.parse(undefined))).toEqual([]);
});

test("an address may be a secret, by its name", async () => {
	const secrets = { SLACK_URL: "https://hooks.example.com/services/T0/B0/x" };
	await expect(
		load({ ...SMALL, notify: { url: "SLACK_URL" }, secrets }, { secretKeys: ["secrets"] }),
	).resolves.toBeDefined();
	expect(await problemsText({ ...SMALL, notify: { url: "SLACK_URL" } })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  notify.url: there is no secret SLACK_URL. Allowed: an address such as https://example.com/hook, or a name under secrets.
		      pulumi config set --secret --path secrets.SLACK_URL '<value>'"
	`);
	expect(await problemsText({ ...SMALL, notify: [{ url: HOOK }, { url: "SLACK_URL" }] })).toContain(
		"  notify[1].url: there is no secret",
	);
});

test("an address that is encrypted where it stands is told where to put", async () => {
	const text = await problemsText({ ...SMALL, notify: { url: HOOK } }, { secretKeys: ["notify"] });
	expect(text).toContain("notify: holds an encrypted value, and is shown in previews.");
});

test("what is wrong in one webhook, or in one of a list, is told by its place", async () => {
	const wrong = { url: "ftp://example.com", on: ["begun"], fromat: "slack" };
	expect(await problemsText({ ...SMALL, notify: wrong })).toMatchInlineSnapshot(`
		"3 problems in the settings of stack prod; nothing was touched.
		  notify.url: "ftp://example.com" is not allowed. Allowed: an address such as https://example.com/hook, or a name under secrets.
		      pulumi config set --path notify.url https://example.com/hook
		  notify.on[0]: "begun" is not allowed. Allowed: started, finished, paused, rolled-back, failed.
		      pulumi config set --path 'notify.on[0]' started
		  notify.fromat: unknown setting. Did you mean format?
		      pulumi config rm --path notify.fromat
		      pulumi config set --path notify.format slack"
	`);
	expect(await problemsText({ ...SMALL, notify: [{ url: HOOK }, wrong] })).toMatchInlineSnapshot(`
		"3 problems in the settings of stack prod; nothing was touched.
		  notify[1].url: "ftp://example.com" is not allowed. Allowed: an address such as https://example.com/hook, or a name under secrets.
		      pulumi config set --path 'notify[1].url' https://example.com/hook
		  notify[1].on[0]: "begun" is not allowed. Allowed: started, finished, paused, rolled-back, failed.
		      pulumi config set --path 'notify[1].on[0]' started
		  notify[1].fromat: unknown setting. Did you mean format?
		      pulumi config rm --path 'notify[1].fromat'
		      pulumi config set --path 'notify[1].format' slack"
	`);
	expect(await problemsText({ ...SMALL, notify: "https://example.com/hook" })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  notify: "https://example.com/hook" is not allowed. Allowed: a group of settings, or a list.
		      pulumi config rm notify
		      pulumi config set --path notify.url https://example.com/hook"
	`);
});

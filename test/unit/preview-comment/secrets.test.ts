import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePreview } from "../../../scripts/preview/preview";
import { secretValues, withoutSecrets } from "../../../scripts/preview/secrets";
import { renderComment } from "../../../scripts/preview-comment/comment";
import { KINDS, type PreviewKind } from "./support/kinds";
import { commentOn, recorded } from "./support/recorded";

/** As Pulumi writes a secret into JSON, where it is told to show them. */
function marked(value: unknown): object {
	return {
		"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
		plaintext: JSON.stringify(value),
	};
}

const CONTAINER = "docker:index/container:Container";
const CUTOVER = "pulumi-nodejs:dynamic/blueGreen:Cutover";

/** A preview that holds `secret` marked as one, and also wherever else it may have got to. */
function leaky(secret: string): string {
	const states = {
		type: CONTAINER,
		custom: true,
		inputs: { uploads: marked([{ content: secret }]), envs: [`A=${secret}`] },
	};
	return JSON.stringify({
		config: { "shop:secrets": secret },
		steps: [
			{
				op: "update",
				urn: `urn:pulumi:prod::shop::${CUTOVER}::shop-prod-cutover`,
				oldState: {
					type: CUTOVER,
					custom: true,
					inputs: { caddyfile: "a" },
					outputs: { activeColor: "blue", activeVersion: secret },
				},
				newState: {
					type: CUTOVER,
					custom: true,
					inputs: {
						caddyfile: `a\nheader X ${secret}`,
						active: "green",
						releases: { green: { version: secret } },
					},
				},
			},
			{
				op: "replace",
				urn: `urn:pulumi:prod::shop::${CONTAINER}::shop-${secret}`,
				oldState: states,
				newState: states,
			},
		],
		diagnostics: [
			{ severity: "warning", message: `the password ${secret} is weak` },
			{ severity: "info", message: `traffic: blue → green in steps: ${secret}` },
			{ severity: "info#err", message: secret },
		],
	});
}

const secret = fc.string({
	minLength: 12,
	maxLength: 40,
	unit: fc.constantFrom(..."abcXYZ0189-_+/=|`\\\"'"),
});

describe("a secret", () => {
	test("is in no comment, wherever it has got to", () => {
		fc.assert(
			fc.property(secret, fc.boolean(), (value, failed) => {
				const comment = renderComment(parsePreview(leaky(value)), {
					stack: "shop/prod",
					failed,
					error: `no: ${value}`,
				});
				expect(comment).not.toContain(value);
				// A pipe or a backslash may be written otherwise in Markdown.
				for (const part of value.split(/[|`\\"']/).filter(({ length }) => length >= 12))
					expect(comment).not.toContain(part);
				expect(comment).toContain("[secret]");
			}),
		);
	});

	test("of which another one is a part goes as a whole", () => {
		const values = secretValues({ a: marked("hunter2"), b: marked("hunter2-and-more") });
		expect(withoutSecrets("x hunter2-and-more y hunter2 z", values)).toBe("x [secret] y [secret] z");
	});

	test("in a list or a group, or a number, is one too; what is too short to be one is not", () => {
		const values = secretValues({ a: marked({ b: ["secret-1", 123456], c: "abc", d: "[secret]" }) });
		expect(values.sort()).toEqual(["123456", "secret-1"]);
	});

	test("in a URL goes, though nothing marks it", () => {
		expect(withoutSecrets("dial postgres://shop_app:pa55word@db:5432/shop failed", [])).toBe(
			"dial postgres://shop_app:[secret]@db:5432/shop failed",
		);
		expect(withoutSecrets("see https://example.com:8080/a@b and 10:20", [])).toBe(
			"see https://example.com:8080/a@b and 10:20",
		);
	});
});

describe("of what stands in the properties", () => {
	test.for(Object.keys(KINDS) as PreviewKind[])("%s shows nothing but what is chosen", (kind) => {
		const comment = commentOn(recorded(kind));
		// Pulumi's word for a secret, which the recorded previews have in many places, would stand where a value is shown.
		expect(comment).not.toContain("[secret]");
		expect(comment).not.toMatch(/DATABASE_URL|POSTGRES_|uploads\b.*content/);
	});

	test("the recorded previews hold secrets, blanked by Pulumi", () => {
		expect(JSON.stringify(recorded("first-deployment").whole)).toContain('"uploads":"[secret]"');
	});
});

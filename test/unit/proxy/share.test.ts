import { describe, expect, test } from "vitest";
import { shareBlock, visitCookie } from "../../../components/proxy/share";
import { trialValue } from "../../../components/proxy/switch-file";
import type { Color } from "../../../components/settings/schema";

const VISIT = "0123456789abcdef0011223344556677";

test("a visitor's cookie is the half of the trial's token that is the color's, which Caddy finds in the switch file", () => {
	const map = shareBlock({ sticky: true }).find((line) => line.trim().startsWith("~")) ?? "";
	const pattern = new RegExp(map.trim().slice(1).replace(" $1 $2 $3", ""));
	const found = pattern.exec(
		`${trialValue({ to: "green", percent: 5, visit: VISIT })}-held-until-1763745600`,
	);
	expect(found?.slice(1)).toEqual(["green", VISIT.slice(0, 16), VISIT.slice(16)]);
	const cookie = (to: Color) => visitCookie({ to, percent: 5, visit: VISIT });
	expect(cookie("blue")).toBe(`blue-green=${found?.[2]}`);
	expect(cookie("green")).toBe(`blue-green=${found?.[3]}`);
});

describe("the share block", () => {
	const text = (sharing: Parameters<typeof shareBlock>[0]) => shareBlock(sharing).join("\n");

	test("sets no cookie where visitors do not stay, but knows one all the same: the verification is such a visitor", () => {
		expect(text({ sticky: false })).not.toContain("Set-Cookie");
		expect(text({ sticky: false })).toContain(
			"@was_green vars {http.request.cookie.blue-green} {trial_green}",
		);
	});

	test("has no rule unless the settings have one", () => {
		expect(text({ sticky: true })).not.toContain("@only");
		const header = text({ sticky: true, only: { header: "X-Staff", value: "yes" } });
		expect(header).toContain("header X-Staff yes");
		const cookie = text({ sticky: true, only: { cookie: "staff", value: "yes" } });
		expect(cookie).toContain("vars {http.request.cookie.staff} yes");
	});

	test("asks each replica once, because there is another color to go to", () => {
		expect(text({ sticky: true }).match(/import .*/g)).toEqual(["import green 0s 0s", "import blue 0s 0s"]);
	});
});

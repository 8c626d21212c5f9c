import { describe, expect, test } from "vitest";
import { checkRelease } from "../../../components/plan/checks";
import { NOTHING_DEPLOYED } from "../../../components/plan/types";
import type { ReleaseInput } from "../../../components/settings/schema";
import { load, problemsText, SMALL } from "../settings/configuration";
import { settingsOf } from "./arbitraries";

function problems(prefixLength: number, services: ReleaseInput["services"]) {
	const { activeColor, images, colors } = SMALL;
	const settings = settingsOf({ activeColor, images, colors, services });
	return checkRelease(settings, NOTHING_DEPLOYED, "p".repeat(prefixLength));
}

describe("the names of containers", () => {
	test("may have 63 characters, also in the longer color and for the last replica", () => {
		// p…-green-web-10
		expect(problems(50, { web: { port: 3000, replicas: 10 } })).toEqual([]);
		expect(problems(51, { web: { port: 3000, replicas: 10 } })).toHaveLength(1);
		expect(problems(51, { web: { port: 3000, replicas: 9 } })).toEqual([]);
		expect(problems(52, { web: { port: 3000, replicas: 9 } })).toHaveLength(1);
	});

	test("are the problem of the service that is too long, and of no other", () => {
		const services = { web: { port: 3000 }, "recommendations-worker": {} };
		expect(problems(40, services).map(({ path }) => path)).toEqual([["services", "recommendations-worker"]]);
	});

	const LONG = "a-stack-with-a-name-that-goes-on-and-on";

	test("that are too long: the service gets a shorter one", async () => {
		const services = { "recommendation-engine": { port: 3000, route: "/", replicas: 12 }, worker: {} };
		expect(await problemsText({ ...SMALL, services }, { stack: LONG })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack a-stack-with-a-name-that-goes-on-and-on; nothing was touched.
			  services.recommendation-engine: makes the container name shop-a-stack-with-a-name-that-goes-on-and-on-green-recommendation-engine-12 of 75 characters; DNS names end at 63. Allowed: the service under a name of at most 9 characters.
			      pulumi config rm --path services.recommendation-engine
			      pulumi config set --path services.NAME.port 3000
			      pulumi config set --path services.NAME.route /"
		`);
	});

	test("that no service's name could make short enough: the stack gets a shorter one", async () => {
		expect(await problemsText(SMALL, { stack: `${LONG}-and-on-and-on` })).toMatchInlineSnapshot(`
			"3 problems in the settings of stack a-stack-with-a-name-that-goes-on-and-on-and-on-and-on; nothing was touched.
			  services.web: makes the container name shop-a-stack-with-a-name-that-goes-on-and-on-and-on-and-on-green-web-1 of 70 characters; DNS names end at 63. Allowed: a shorter name of the stack or the project.
			      pulumi stack rename '<name>'
			  databases.main: makes the container name shop-a-stack-with-a-name-that-goes-on-and-on-and-on-and-on-db-main of 66 characters; DNS names end at 63. Allowed: the database under a name of at most 1 character.
			      pulumi config rm --path databases.main
			      pulumi config set --path databases.NAME.type postgres
			  databases.cache: makes the container name shop-a-stack-with-a-name-that-goes-on-and-on-and-on-and-on-db-cache of 67 characters; DNS names end at 63. Allowed: the database under a name of at most 1 character.
			      pulumi config rm --path databases.cache
			      pulumi config set --path databases.NAME.type redis"
		`);
	});

	test("that are mended as the problem says are no problem any more", async () => {
		const services = { recommend: { port: 3000, route: "/", replicas: 12 } };
		await expect(load({ ...SMALL, services }, { stack: LONG })).resolves.toBeDefined();
	});
});

import { expect, test } from "vitest";
import { urlVariables } from "../../../components/databases/url-variables";
import { settings } from "../../../components/settings/schema";
import { SMALL } from "./configuration";

const variables = (databases: object) => urlVariables(settings.parse({ ...SMALL, databases }).databases);

test.for([
	[{}, {}],
	[
		{ main: { type: "postgres" }, cache: { type: "redis" } },
		{ main: "DATABASE_URL", cache: "REDIS_URL" },
	],
	[
		{ main: { type: "postgres" }, "main-archive": { type: "postgres" }, cache: { type: "redis" } },
		{ main: "MAIN_URL", "main-archive": "MAIN_ARCHIVE_URL", cache: "REDIS_URL" },
	],
	[
		{ main: { type: "postgres", urlVariable: "DB" }, cache: { type: "redis" } },
		{ main: "DB", cache: "REDIS_URL" },
	],
	[
		{ a: { type: "redis" }, b: { type: "redis", urlVariable: "REDIS_URL" } },
		{ a: "A_URL", b: "REDIS_URL" },
	],
] as const)("the variables of %j are %j", ([databases, expected]) => {
	expect(variables(databases)).toEqual(expected);
});

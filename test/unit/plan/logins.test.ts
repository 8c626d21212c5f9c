import { describe, expect, test } from "vitest";
import { CONTAINER_TYPE, deployedIn, deployedOn } from "../../../components/plan/deployed";
import { accessOf, loginsLabel, loginsOf, readLoginsLabel } from "../../../components/plan/logins";
import { planRelease } from "../../../components/plan/plan";
import type { Deployed, Release } from "../../../components/plan/types";
import { database } from "../../../components/settings/databases";
import { PREFIX, settingsOf } from "./arbitraries";

const settings = settingsOf({
	activeColor: "blue",
	images: "{service}:{version}",
	colors: { blue: { version: "1" }, green: { version: "2" } },
	services: { web: { port: 3000, route: "/" } },
});
const LOGINS = { main: ["app", "app2"], cache: ["app"] };
const fresh = planRelease(settings, { releases: {} }, PREFIX, LOGINS);
const withLogins = (logins: Release["logins"]): Release => ({
	...fresh.active.release,
	...(logins && { logins }),
});
const blueOf = (deployed: Deployed) => planRelease(settings, deployed, PREFIX, LOGINS).active.release.logins;

describe("the login of a release", () => {
	test("is the newest of each database where it is new", () => {
		expect(fresh.active.release.logins).toEqual({ main: "app2", cache: "app" });
		expect(fresh.standby?.release.logins).toEqual({ main: "app2", cache: "app" });
	});

	test("stays what it was while the release does", () => {
		const blue = withLogins({ main: "app", cache: "app" });
		expect(blueOf({ serving: "blue", releases: { blue } })).toEqual({ main: "app", cache: "app" });
	});

	test("is the newest with another version or revision", () => {
		const blue = { ...withLogins({ main: "app", cache: "app" }), version: "0" };
		expect(blueOf({ serving: "green", releases: { blue } })).toEqual({ main: "app2", cache: "app" });
	});

	test("is the newest where the old one is gone: its containers were removed, and are made anew", () => {
		const blue = withLogins({ main: "retired", cache: "app" });
		expect(blueOf({ serving: "green", releases: { blue } })).toEqual({ main: "app2", cache: "app" });
	});

	test("is that on the containers where what serves was never recorded", () => {
		const deployed: Deployed = { serving: "blue", releases: {}, logins: { blue: { main: ["app"] } } };
		expect(blueOf(deployed)).toEqual({ main: "app", cache: "app" });
	});

	test("is not there where no database has logins", () => {
		expect(planRelease(settings, { releases: {} }, PREFIX).active.release).not.toHaveProperty("logins");
	});
});

test("an application may make tables where no migrations do, or where the settings say so", () => {
	expect(accessOf({}, false)).toBe("owner");
	expect(accessOf({}, true)).toBe("readwrite");
	expect(accessOf({ access: "owner" }, true)).toBe("owner");
	expect(accessOf({ access: "readwrite" }, false)).toBe("readwrite");
});

test("logins by database", () => {
	const databases = {
		main: database.parse({ type: "postgres", logins: ["one", "two"] }),
		cache: database.parse({ type: "redis" }),
	};
	expect(loginsOf(databases)).toEqual({ main: ["one", "two"], cache: ["app"] });
});

describe("the label", () => {
	test("names the logins of the service's databases, and is read again", () => {
		const logins = { main: "app2", cache: "app" };
		expect(loginsLabel(logins, {})).toBe("cache=app,main=app2");
		expect(loginsLabel(logins, { databases: ["cache"] })).toBe("cache=app");
		expect(loginsLabel(logins, { databases: [] })).toBe("");
		expect(readLoginsLabel("cache=app,main=app2")).toEqual([
			["cache", "app"],
			["main", "app2"],
		]);
		expect(readLoginsLabel(undefined)).toEqual([]);
		expect(readLoginsLabel("what,=is,this=")).toEqual([]);
	});

	const label = { "blue-green.logins": "main=app" };
	const other = { "blue-green.logins": "cache=app,main=app2" };

	test("tells which logins each color has, from the host", () => {
		const containers = [
			{ name: `${PREFIX}-blue-web-1`, labels: label, published: [] },
			{ name: `${PREFIX}-blue-web-2`, labels: other, published: [] },
			{ name: `${PREFIX}-green-web-1`, labels: {}, published: [] },
			{ name: "another-blue-web-1", labels: { "blue-green.logins": "main=theirs" }, published: [] },
		];
		const { deployed } = deployedOn({ containers, volumes: [], switchValue: "0", releases: {} }, PREFIX);
		expect(deployed.logins).toEqual({ blue: { main: ["app", "app2"], cache: ["app"] }, green: {} });
	});

	test("and from the state", () => {
		const labels = Object.entries(label).map(([name, value]) => ({ label: name, value }));
		const deployed = deployedIn(
			{
				[`urn::${PREFIX}-cutover`]: {
					type: "pulumi-nodejs:dynamic/blueGreen:Cutover",
					outputs: { activeColor: "green", releases: {} },
				},
				[`urn::${PREFIX}-green-web-1`]: { type: CONTAINER_TYPE, outputs: { labels } },
			},
			PREFIX,
		);
		expect(deployed.logins).toEqual({ blue: {}, green: { main: ["app"] } });
	});
});

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackupRecord } from "../../components/plan/backups";
import { SmallDisk } from "../faults/support/small-disk";
import { command } from "./support/backup-commands";
import { idsOf } from "./support/docker";
import { sql } from "./support/sql";
import { assertSucceeded, TestStack } from "./support/stack";

describe("a backup before a migration", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("bk-expand");
		assertSucceeded(await shop.up());
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
	});
	afterAll(() => shop?.dispose());

	const started = (version: string) =>
		sql(
			shop,
			`SELECT to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') FROM blue_green.migrations
				WHERE phase = 'expand' AND version = '${version}'`,
		);

	it("that finds its disk full stops it: nothing is begun, and who serves goes on", async () => {
		const folder = mkdtempSync(path.join(tmpdir(), "bk-expand-"));
		const disk = await SmallDisk.mountAt(folder);
		try {
			await shop.set("backups.folder", folder);
			const up = await shop.up();
			expect(up.failed).toBe(true);
			expect(up.text).toMatch(/expand of 2\.0\.0 was not begun: the backup of main failed after \S+ m?s: /);
			expect(up.text).toMatch(
				/[\d.]+ [kM]B are free in the folder \S+ of the Docker host, and main has [\d.]+ MB/,
			);
			expect(up.text).toContain("traffic was not moved: blue 1.0.0 keeps serving.");
			expect(up.text).not.toContain("    at ");
			expect(readdirSync(folder).filter((name) => name.startsWith("main"))).toEqual([]);
			expect(await started("2.0.0")).toBe("");
			expect(Object.keys(await idsOf(shop.container("green-")))).toEqual([]);
			expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		} finally {
			await shop.remove("backups.folder");
			await disk.unmount();
			rmSync(folder, { recursive: true, force: true });
		}
	});

	it("is there, whole, before the migration begins", async () => {
		assertSucceeded(await shop.up());
		const { stdout } = await command(shop, "backup", "--list", "--json");
		const records = (JSON.parse(stdout) as BackupRecord[]).filter(({ version }) => version === "2.0.0");
		expect(records).toMatchObject([{ database: "main", reason: "expand", version: "2.0.0" }]);
		const [record] = records;
		expect(record?.file).toMatch(/^main-\d{8}T\d{6}Z-2\.0\.0-expand\.dump$/);
		const whole = Date.parse(record?.takenAt ?? "") + (record?.durationMs ?? Number.NaN);
		expect(whole).toBeLessThanOrEqual(Date.parse(await started("2.0.0")));
		// What expand adds is not in it yet.
		expect(Number(record?.schemaVersion)).toBeLessThan(
			Number(await sql(shop, "SELECT max(version::integer) FROM schema_migrations")),
		);
	});
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type BackupRecord,
	backupFile,
	isBackupFile,
	newestFirst,
	outdated,
	sizeText,
	stem,
} from "../../../components/plan/backups";
import { parseRecord, recordOf, rolesOf } from "../../../components/runtime/backup/store";

const DAY_MS = 86_400_000;
const NOW = new Date("2026-11-21T17:30:00.123Z");

function record(database: string, ageMs: number): BackupRecord {
	const takenAt = new Date(NOW.getTime() - ageMs).toISOString();
	const file = backupFile({ database, type: "postgres", reason: "on-demand" }, new Date(takenAt));
	return {
		...{ file, stack: "shop/prod", database, type: "postgres", reason: "on-demand", takenAt, sha256: "0" },
		...{ durationMs: 1, sizeBytes: 1, serverVersion: "17.1", databaseBytes: 1, counts: {} },
	};
}

describe("the name of a backup", () => {
	test("says what it is of, when it was taken, and what for", () => {
		const of = { database: "main", type: "postgres", version: "2.0.0", reason: "expand" } as const;
		expect(backupFile(of, NOW)).toBe("main-20261121T173000Z-2.0.0-expand.dump");
		expect(backupFile({ database: "cache", type: "redis", reason: "on-demand" }, NOW)).toBe(
			"cache-20261121T173000Z-on-demand.rdb",
		);
	});

	test("is one whatever the version is, and what stands beside it follows from it", () => {
		fc.assert(
			fc.property(fc.string({ minLength: 1 }), (version) => {
				const file = backupFile({ database: "main", type: "postgres", version, reason: "contract" }, NOW);
				expect(isBackupFile(file)).toBe(true);
				expect(recordOf(file)).toBe(`${stem(file)}.json`);
				expect(rolesOf(file)).toBe(`${stem(file)}.roles.sql`);
			}),
		);
	});

	test.each(["../main.dump", "a/b.dump", ".dump", "main.sql", "-rf.dump", "main.dump\n", ""])(
		"is not %j",
		(name) => {
			expect(isBackupFile(name)).toBe(false);
		},
	);
});

describe("what is outdated", () => {
	const policy = { keep: 3, keepForMs: 14 * DAY_MS };
	const ages = (database: string, ...days: number[]) => days.map((day) => record(database, day * DAY_MS));

	test("is what is beyond the number, for each database by itself", () => {
		const main = ages("main", 1, 2, 3, 4, 5);
		const other = ages("other", 1, 2);
		expect(outdated([...main, ...other], policy, NOW)).toEqual(main.slice(3));
	});

	test("is what is too old, but not the newest of a database", () => {
		const main = ages("main", 1, 15);
		const other = ages("other", 100, 101);
		expect(outdated([...main, ...other], policy, NOW)).toEqual([main[1], other[1]]);
	});

	test("never is the newest, and of what stays none is older than the age allows", () => {
		const some = fc.array(
			fc.tuple(fc.constantFrom("main", "other"), fc.integer({ min: 0, max: 60 * DAY_MS })),
		);
		fc.assert(
			fc.property(some, fc.integer({ min: 1, max: 5 }), (all, keep) => {
				const records = all.map(([database, ageMs]) => record(database, ageMs));
				const gone = outdated(records, { keep, keepForMs: 14 * DAY_MS }, NOW);
				for (const database of ["main", "other"]) {
					const own = newestFirst(records.filter((one) => one.database === database));
					const left = own.filter((one) => !gone.includes(one));
					expect(left.length).toBeLessThanOrEqual(keep);
					expect(left[0]).toBe(own[0]);
					for (const { takenAt } of left.slice(1))
						expect(NOW.getTime() - Date.parse(takenAt)).toBeLessThanOrEqual(14 * DAY_MS);
				}
			}),
		);
	});
});

test("a record is what has a file and a checksum; a name that leads elsewhere is none", () => {
	const own = record("main", 0);
	expect(parseRecord(JSON.stringify(own))).toEqual(own);
	for (const text of ["", "{}", "[]", "null", "{", JSON.stringify({ ...own, file: "../../etc/passwd.dump" })])
		expect(parseRecord(text)).toBeUndefined();
});

test.each([
	[0, "0 B"],
	[999, "999 B"],
	[1_000, "1.0 kB"],
	[123_456, "123 kB"],
	[7_900_000, "7.9 MB"],
	[5.2e12, "5.2 TB"],
])("%d bytes are %s", (bytes, text) => {
	expect(sizeText(bytes)).toBe(text);
});

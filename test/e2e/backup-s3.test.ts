import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import S3rver from "s3rver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUp } from "../../components/runtime/backup/backup";
import { importFile, listBackups } from "../../components/runtime/backup/list";
import { restore } from "../../components/runtime/backup/restore";
import { type S3Access, S3Copies } from "../../components/runtime/backup/s3";
import { recordOf, rolesOf } from "../../components/runtime/backup/store";
import { localImages } from "../../scripts/images/versions";
import { engine, eventually, inContainer } from "./support/docker";

const CONTAINER = "bk-s3-postgres";
const [HERE, ELSEWHERE, DATA] = ["bk-s3-backups", "bk-s3-elsewhere", "bk-s3-data"];
const SILENT = { info: () => undefined, warn: () => undefined };

/** Against s3rver, which speaks S3 with uploads in parts. */
describe("copies in an S3-compatible store", () => {
	const folder = mkdtempSync(path.join(tmpdir(), "bk-s3-"));
	const server = new S3rver({
		port: 0,
		address: "127.0.0.1",
		silent: true,
		directory: folder,
		configureBuckets: [{ name: "backups", configs: [] }],
	});
	let s3: S3Access;
	const place = {
		...({ stack: "shop/bk-s3", database: "main", type: "postgres", container: CONTAINER } as const),
		store: { volume: HERE },
	};
	const policy = { keep: 2, keepForMs: 86_400_000, deadlineMs: 120_000, reason: "on-demand" };

	beforeAll(async () => {
		await clear();
		const { port } = (await server.run()) as AddressInfo;
		s3 = {
			...{
				endpoint: `http://127.0.0.1:${port}`,
				bucket: "backups",
				prefix: "shop/prod",
				region: "us-east-1",
			},
			...{ accessKey: "S3RVER", secretKey: "S3RVER" },
		};
		const container = await engine.api.createContainer({
			name: CONTAINER,
			Image: localImages.postgres,
			Env: ["POSTGRES_USER=shop", "POSTGRES_PASSWORD=only-for-this-test"],
			HostConfig: { Mounts: [{ Type: "volume", Source: DATA, Target: "/var/lib/postgresql/data" }] },
		});
		await container.start();
		await eventually("PostgreSQL answers", 60_000, async () =>
			(await inContainer(CONTAINER, "pg_isready", "--host", "127.0.0.1")).includes("accepting"),
		);
		// 24 MB that cannot be compressed: more than one part.
		await sql(`CREATE TABLE noise AS SELECT n, sha256(n::text::bytea) || sha256((n * 7)::text::bytea) AS bytes
			FROM generate_series(1, 400000) n`);
	});
	afterAll(async () => {
		await server.close();
		await clear();
		rmSync(folder, { recursive: true, force: true });
	});

	const sql = (text: string) =>
		inContainer(CONTAINER, "psql", "--username", "shop", "--tuples-only", "--no-align", "--command", text);

	it("are whole, with what belongs to them, and a restore on another host's empty folder works from them", async () => {
		const record = await backUp(engine, { ...place, ...policy, s3 }, SILENT);
		expect(record.sizeBytes).toBeGreaterThan(16 * 1024 * 1024);
		const copies = new S3Copies(s3);
		expect((await copies.list("main")).map(({ file }) => file)).toEqual([record.file]);

		const elsewhere = { ...place, store: { volume: ELSEWHERE } };
		for (const name of [rolesOf(record.file), record.file, recordOf(record.file)]) {
			const copy = await copies.get(name);
			if (copy === undefined) throw new Error(`${name} is not there`);
			await importFile(engine, elsewhere, name, copy.content, copy.size);
		}
		expect(await listBackups(engine, elsewhere)).toEqual([record]);
		const restored = await restore(engine, { ...elsewhere, file: record.file, deadlineMs: 120_000 }, SILENT);
		expect(restored.counts).toEqual({ "public.noise": 400_000 });
		await engine.api.getVolume(restored.volume).remove();
	});

	it("are as many as the settings say", async () => {
		const taken = [];
		for (let n = 0; n < 3; n++) taken.push(await backUp(engine, { ...place, ...policy, s3 }, SILENT));
		const there = (await new S3Copies(s3).list("main")).map(({ file }) => file);
		expect(there).toEqual([taken[2]?.file, taken[1]?.file]);
	});

	it("that cannot be made fail the backup, with what the store said", async () => {
		const wrong = { ...s3, bucket: "no-such-bucket" };
		const failure = await backUp(engine, { ...place, ...policy, s3: wrong }, SILENT).catch(String);
		expect(failure).toMatch(
			/the backup of main failed after .*: it was not copied to no-such-bucket at http:/,
		);
		expect(failure).toContain("The specified bucket does not exist");
		expect(failure).toContain("The backup itself is whole, on the Docker host.");
	});
});

async function clear(): Promise<void> {
	await engine.api
		.getContainer(CONTAINER)
		.remove({ force: true, v: true })
		.catch(() => undefined);
	for (const name of [HERE, ELSEWHERE, DATA]) {
		await engine.api
			.getVolume(name)
			.remove()
			.catch(() => undefined);
	}
}

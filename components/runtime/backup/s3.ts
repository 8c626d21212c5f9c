import type { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { type BackupRecord, outdated } from "../../plan/backups";
import { messageOf, StepError } from "../report";
import { recordOf, rolesOf, type Store } from "./store";
import type { Worker } from "./worker";

/** An S3-compatible store, with the keys themselves: it is never part of a state or a message. */
export interface S3Access {
	readonly endpoint: string;
	readonly bucket: string;
	/** Without slashes around it. */
	readonly prefix?: string;
	readonly region: string;
	readonly accessKey: string;
	readonly secretKey: string;
}

/** A part is held in memory while it is sent; two are on their way at a time. 10,000 of them make 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** The backups of one stack in an S3-compatible store, under the names that they have on the Docker host. */
export class S3Copies {
	private readonly client: S3Client;

	constructor(private readonly access: S3Access) {
		// Loaded here: a stack without S3 does not pay for it.
		const { S3Client } = require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
		const { endpoint, region, accessKey, secretKey } = access;
		this.client = new S3Client({
			endpoint,
			region,
			credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
			// What compatible stores understand: the bucket in the path, and no checksums of AWS's own.
			forcePathStyle: true,
			requestChecksumCalculation: "WHEN_REQUIRED",
			responseChecksumValidation: "WHEN_REQUIRED",
		});
	}

	get where(): string {
		return `${this.access.bucket} at ${this.access.endpoint}`;
	}

	/**
	 * Copies a backup, and what belongs to it, as it is read from the worker; the record comes last, and with it the backup counts.
	 * @throws StepError that says what the store said.
	 */
	async copy(worker: Worker, store: Store, { file, rolesSha256, sizeBytes }: BackupRecord): Promise<void> {
		try {
			const files = [...(rolesSha256 === undefined ? [] : [rolesOf(file)]), file, recordOf(file)];
			for (const name of files) await this.put(name, await worker.get(store.path(name)));
			const there = await this.sizeOf(file);
			if (there !== sizeBytes) throw new Error(`${there} bytes of ${sizeBytes} are there`);
		} catch (error) {
			throw new StepError(
				`it was not copied to ${this.where}: ${messageOf(error)}.\nThe backup itself is whole, on the Docker host. Next: see the settings backups.s3, then: npm run backup`,
			);
		}
	}

	/** Backups of a database that are whole there: by their names, newest first. */
	async list(database: string): Promise<{ file: string; database: string; takenAt: string }[]> {
		const names = await this.names();
		const own = new RegExp(
			`^${database}-(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)Z.*\\.(?:dump|rdb)$`,
		);
		return names
			.flatMap((file) => {
				const [, year, month, day, hour, minute, second] = own.exec(file) ?? [];
				if (year === undefined || !names.includes(recordOf(file))) return [];
				return [{ file, database, takenAt: `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z` }];
			})
			.sort((a, b) => b.takenAt.localeCompare(a.takenAt));
	}

	/** As on the Docker host: what is beyond number and age goes, the newest stays. */
	async removeOutdated(database: string, policy: { keep: number; keepForMs: number }): Promise<string[]> {
		const { DeleteObjectCommand } = require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
		const old = outdated(await this.list(database), policy, new Date());
		for (const { file } of old) {
			// The record first: what is left of an interrupted removal is no backup.
			for (const name of [recordOf(file), rolesOf(file), file]) {
				await this.client.send(new DeleteObjectCommand({ Bucket: this.access.bucket, Key: this.key(name) }));
			}
		}
		return old.map(({ file }) => file);
	}

	/** @returns undefined where there is no such file. */
	async get(name: string): Promise<{ content: Readable; size: number } | undefined> {
		const { GetObjectCommand, NoSuchKey } =
			require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
		try {
			const command = new GetObjectCommand({ Bucket: this.access.bucket, Key: this.key(name) });
			const { Body, ContentLength } = await this.client.send(command);
			return { content: Body as Readable, size: ContentLength ?? 0 };
		} catch (error) {
			if (error instanceof NoSuchKey) return undefined;
			throw new StepError(`${name} could not be fetched from ${this.where}: ${messageOf(error)}`);
		}
	}

	private async put(name: string, content: Readable): Promise<void> {
		const { Upload } = require("@aws-sdk/lib-storage") as typeof import("@aws-sdk/lib-storage");
		const params = { Bucket: this.access.bucket, Key: this.key(name), Body: content };
		await new Upload({
			client: this.client,
			params,
			partSize: PART_BYTES,
			queueSize: PARTS_AT_ONCE,
		}).done();
	}

	private async sizeOf(name: string): Promise<number> {
		const { HeadObjectCommand } = require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
		const command = new HeadObjectCommand({ Bucket: this.access.bucket, Key: this.key(name) });
		return (await this.client.send(command)).ContentLength ?? 0;
	}

	private async names(): Promise<string[]> {
		const { paginateListObjectsV2 } = require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
		const Prefix = this.key("");
		const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.access.bucket, Prefix });
		const names: string[] = [];
		for await (const { Contents = [] } of pages) {
			names.push(...Contents.map(({ Key = "" }) => Key.slice(Prefix.length)));
		}
		return names;
	}

	private key(name: string): string {
		const { prefix } = this.access;
		return prefix === undefined ? name : `${prefix}/${name}`;
	}
}

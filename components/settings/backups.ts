import { z } from "zod";
import { duration, text, variableName } from "./values";

/** An S3-compatible store to which each backup is copied after it has been verified. */
export const s3Target = z.strictObject({
	/** Address of the store. */
	endpoint: z.url({ protocol: /^https?$/, error: "an address such as https://s3.example.com" }),
	/** The bucket, which has to be there. */
	bucket: text,
	/** Put before each file name, with a slash between. Unset: the files stand at the top of the bucket. */
	prefix: z
		.string()
		.regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, {
			error: 'a path without slashes around it, such as "shop/prod"',
		})
		.optional(),
	/** As the store calls it. */
	region: text.default("us-east-1"),
	/** Name of an entry of the top-level `secrets`, never the value itself. */
	accessKey: variableName,
	/** Name of an entry of the top-level `secrets`, never the value itself. */
	secretKey: variableName,
});

export const backups = z.strictObject({
	/** Whether an expand and a contract take a backup of their database first, and stop where it fails. */
	beforeMigrations: z.boolean().default(true),
	/** How many backups of each database are kept; the newest always is. */
	keep: z.int().min(1).max(10_000).default(7),
	/** How long a backup is kept; the newest always is. */
	keepFor: duration.default(14 * 86_400_000),
	/** Folder on the Docker host, which has to be there. Unset: the volume `<prefix>-backups`. */
	folder: z
		.string()
		.regex(/^\/[^\0]*[^/\0]$/, { error: "an absolute path on the Docker host" })
		.meta({ examples: ["/var/backups/shop"] })
		.optional(),
	/** Longest time for one backup, the copy to S3 among it. */
	deadline: duration.default(30 * 60_000),
	/** A store elsewhere, to which each backup is copied. */
	s3: s3Target.optional(),
});
export type Backups = z.infer<typeof backups>;

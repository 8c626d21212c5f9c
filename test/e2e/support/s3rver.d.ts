declare module "s3rver" {
	/** What is used of it here; the package has no types of its own. */
	export default class S3rver {
		constructor(options: {
			port: number;
			address: string;
			silent: boolean;
			directory: string;
			configureBuckets: { name: string; configs: string[] }[];
		});
		run(): Promise<unknown>;
		close(): Promise<void>;
	}
}

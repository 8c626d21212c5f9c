import { type Problem, setCommand } from "../settings/problems";
import type { Settings } from "../settings/schema";

/** The keys of the S3-compatible store are named, not given; what they name has to be there. */
export function checkBackups({ backups, secrets }: Pick<Settings, "backups" | "secrets">): Problem[] {
	const { s3 } = backups;
	if (s3 === undefined) return [];
	return (["accessKey", "secretKey"] as const)
		.filter((key) => !Object.hasOwn(secrets, s3[key]))
		.map((key) => ({
			path: ["backups", "s3", key],
			reason: `there is no secret ${s3[key]}. Allowed: a name under secrets.`,
			fix: [setCommand(["secrets", s3[key]], "<value>")],
		}));
}

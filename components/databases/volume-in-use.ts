import { dataVolumes } from "../plan/database-record";
import { databaseName } from "../plan/names";
import type { Deployed } from "../plan/types";
import { peekUsers } from "../runtime/docker/peek";
import { type Problem, removeCommand } from "../settings/problems";
import type { Database } from "../settings/schema";

/**
 * A problem for each volume that the settings name for a database and a container of somebody else has: two servers on one
 * volume destroy it. Asked only where a volume is new to the database; nothing is said where Docker cannot be asked.
 */
export async function volumeProblems(
	databases: Readonly<Record<string, Database>>,
	deployed: Deployed,
	prefix: string,
): Promise<Problem[]> {
	const named = Object.entries(databases).filter(
		([name, { volume }]) => volume !== undefined && volume !== deployed.databases?.[name]?.volume,
	);
	const problems = named.map(async ([name, database]): Promise<Problem[]> => {
		const volumes = dataVolumes(prefix, name, database);
		const users = await Promise.all(volumes.map((volume) => peekUsers(volume).catch(() => [])));
		return volumes.flatMap((volume, index) => {
			const other = users[index]?.find((user) => user !== databaseName(prefix, name));
			if (other === undefined) return [];
			const path = ["databases", name, "volume"];
			const reason = `${volume} is the volume of container ${other}. Allowed: a volume that no other container has, running or not.`;
			return [{ path, reason, fix: [removeCommand(path)] }];
		});
	});
	return (await Promise.all(problems)).flat();
}

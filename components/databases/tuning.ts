import type { Database, PostgresDatabase, RedisDatabase } from "../settings/schema";

/**
 * Server parameters that the settings leave open. Where the memory of a container is limited, they follow from it: the
 * server sees the whole machine's memory, and would be killed for using it.
 */

/** Those that the server gets, by name: the tuned defaults, and over them what the settings say. */
export function serverParameters(database: Database): Record<string, string> {
	if (database.type === "postgres") return { ...tunedPostgres(database), ...database.parameters };
	if (database.type === "redis") return { ...tunedRedis(database), ...database.parameters };
	return {};
}

/**
 * shared_buffers: a quarter of the memory, less below 1 GB, as PostgreSQL's manual says (20.4, Resource Consumption).
 * effective_cache_size: three quarters, what the page cache and shared_buffers are together; the planner's guess only.
 * maintenance_work_mem: a sixteenth, at most 2 GB, as PGTune has it.
 */
function tunedPostgres({ resources: { memoryMb } }: PostgresDatabase): Record<string, string> {
	if (memoryMb === undefined) return {};
	const part = (share: number, least: number) => `${Math.max(least, Math.floor(memoryMb * share))}MB`;
	return {
		shared_buffers: part(memoryMb < 1_024 ? 0.15 : 0.25, 8),
		effective_cache_size: part(0.75, 8),
		maintenance_work_mem: part(Math.min(1 / 16, 2_048 / memoryMb), 4),
	};
}

/**
 * appendonly: every write is on the disk within a second. maxmemory-policy noeviction: a queue must not lose its oldest
 * jobs; a full Redis refuses writes, and says so. maxmemory: three quarters of the memory, because a rewrite of the file
 * copies pages that are written meanwhile; managed services keep the same quarter free.
 */
function tunedRedis({ resources: { memoryMb } }: RedisDatabase): Record<string, string> {
	return {
		appendonly: "yes",
		"maxmemory-policy": "noeviction",
		...(memoryMb !== undefined && { maxmemory: `${Math.floor(memoryMb * 0.75)}mb` }),
	};
}

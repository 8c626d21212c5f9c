import { describe, expect, test } from "vitest";
import { serverParameters } from "../../../components/databases/tuning";
import { database } from "../../../components/settings/databases";

const of = (settings: object) => serverParameters(database.parse(settings));

describe("parameters of PostgreSQL", () => {
	test("are the server's own where no memory is given", () => {
		expect(of({ type: "postgres" })).toEqual({});
	});

	test.for([
		[256, { shared_buffers: "38MB", effective_cache_size: "192MB", maintenance_work_mem: "16MB" }],
		[4_096, { shared_buffers: "1024MB", effective_cache_size: "3072MB", maintenance_work_mem: "256MB" }],
		[65_536, { shared_buffers: "16384MB", effective_cache_size: "49152MB", maintenance_work_mem: "2048MB" }],
		[16, { shared_buffers: "8MB", effective_cache_size: "12MB", maintenance_work_mem: "4MB" }],
	] as const)("follow from %i MiB of memory", ([memoryMb, parameters]) => {
		expect(of({ type: "postgres", resources: { memoryMb } })).toEqual(parameters);
	});

	test("that the settings say win; true and false are on and off", () => {
		const parameters = { shared_buffers: "1GB", max_connections: 200, jit: false };
		expect(of({ type: "postgres", resources: { memoryMb: 4_096 }, parameters })).toEqual({
			shared_buffers: "1GB",
			effective_cache_size: "3072MB",
			maintenance_work_mem: "256MB",
			max_connections: "200",
			jit: "off",
		});
	});
});

describe("parameters of Redis", () => {
	test("keep every write, and drop none of what was kept", () => {
		expect(of({ type: "redis" })).toEqual({ appendonly: "yes", "maxmemory-policy": "noeviction" });
	});

	test("leave a quarter of the memory for copies", () => {
		expect(of({ type: "redis", resources: { memoryMb: 512 } })).toMatchObject({ maxmemory: "384mb" });
	});

	test("that the settings say win; true and false are yes and no", () => {
		const parameters = { "maxmemory-policy": "allkeys-lru", appendonly: false, save: "900 1" };
		expect(of({ type: "redis", parameters })).toEqual({
			"maxmemory-policy": "allkeys-lru",
			appendonly: "no",
			save: "900 1",
		});
	});
});

test("a custom database has none", () => {
	const custom = {
		type: "custom",
		image: "mongo:8",
		port: 27_017,
		stateless: true,
		health: { command: ["true"] },
		url: "mongodb://{host}",
	};
	expect(of(custom)).toEqual({});
});

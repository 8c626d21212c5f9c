import { describe, expect, test } from "vitest";
import { checkDatabaseChanges } from "../../../components/plan/checks-database-changes";
import { databaseChanges } from "../../../components/plan/database-changes";
import { databaseRecord, deployedDatabases, recordText } from "../../../components/plan/database-record";
import type { Deployed } from "../../../components/plan/types";
import { renderProblems } from "../../../components/settings/problems";
import { type Database, type DatabaseInput, databases as schema } from "../../../components/settings/schema";

const PREFIX = "shop-prod";
const parsed = (databases: Record<string, DatabaseInput>) => schema.parse(databases);

/** As the host shows these databases, once an `up` has made them: through the labels of their containers. */
function deployed(
	databases: Record<string, DatabaseInput>,
	volumes: Record<string, string[]> = {},
): Deployed {
	const containers = Object.entries(parsed(databases)).map(([name, database]: [string, Database]) => ({
		name: `${PREFIX}-db-${name}`,
		labels: {
			"blue-green.database": name,
			"blue-green.settings": recordText(databaseRecord(PREFIX, name, database)),
		},
	}));
	return { releases: {}, databases: deployedDatabases(containers, PREFIX), databaseVolumes: volumes };
}

const POSTGRES = { type: "postgres", image: "postgres:17.4-alpine", database: "shop" } as const;
const REDIS = { type: "redis", image: "redis:8.0-alpine" } as const;
const MONGO: Extract<DatabaseInput, { type: "custom" }> = {
	type: "custom",
	image: "mongo:8.0.4",
	port: 27_017,
	volumes: ["/data/db", "/data/configdb"],
	health: { command: ["mongosh"] },
	url: "mongodb://{host}",
};

const changes = (before: Record<string, DatabaseInput>, after: Record<string, DatabaseInput>) =>
	databaseChanges(PREFIX, parsed(after), deployed(before).databases);
const problems = (
	before: Record<string, DatabaseInput>,
	after: Record<string, DatabaseInput>,
	volumes?: Record<string, string[]>,
) => checkDatabaseChanges(parsed(after), deployed(before, volumes), PREFIX, "shop/prod");
const text = (...args: Parameters<typeof problems>) => renderProblems(problems(...args), "prod");

describe("what an `up` does with a database", () => {
	test("creates one that is not there", () => {
		expect(databaseChanges(PREFIX, parsed({ main: POSTGRES }), undefined)).toEqual([
			{ name: "main", kind: "created", why: "postgres postgres:17.4-alpine" },
		]);
		expect(changes({ main: POSTGRES }, { main: POSTGRES, cache: REDIS })[1]).toMatchObject({
			name: "cache",
			kind: "created",
		});
	});

	test("leaves alone one that is as it was, however its settings are ordered", () => {
		const before = { ...POSTGRES, parameters: { work_mem: "8MB", jit: "off" } };
		const after = { parameters: { jit: false, work_mem: "8MB" }, ...POSTGRES };
		expect(changes({ main: before }, { main: after })).toEqual([{ name: "main", kind: "none", why: "" }]);
	});

	test("leaves alone one of which only the services are concerned", () => {
		const after = { ...POSTGRES, urlVariable: "STORE" };
		expect(
			changes({ main: POSTGRES, documents: MONGO }, { main: after, documents: { ...MONGO, url: "{host}" } }),
		).toMatchObject([{ kind: "none" }, { kind: "none" }]);
	});

	test.for([
		[{ image: "postgres:17.5-alpine" }, "image 17.4-alpine → 17.5-alpine"],
		[
			{ image: "registry.example.com/postgres:17.4" },
			"image postgres:17.4-alpine → registry.example.com/postgres:17.4",
		],
		[{ publishPort: 5432 }, "publishPort 5432 (new)"],
		[{ restart: "always" }, "restart unless-stopped → always"],
		[{ parameters: { work_mem: "8MB" } }, "parameters.work_mem 8MB (new)"],
		[
			{
				image: "postgres:17.5-alpine",
				resources: { memoryMb: 1024 },
				parameters: { maintenance_work_mem: "1GB" },
			},
			"image 17.4-alpine → 17.5-alpine, parameters.shared_buffers 256MB (new), parameters.effective_cache_size 768MB (new), parameters.maintenance_work_mem 1GB (new), resources.memoryMb 1024 (new)",
		],
	] as const)("updates it, and says why: %j", ([change, why]) => {
		expect(changes({ main: POSTGRES }, { main: { ...POSTGRES, ...change } as DatabaseInput })).toEqual([
			{ name: "main", kind: "updated", why },
		]);
	});

	test("updates one of which something was left out", () => {
		expect(changes({ main: { ...POSTGRES, publishPort: 5432 } }, { main: POSTGRES })[0]?.why).toBe(
			"publishPort 5432 (left out)",
		);
	});
});

describe("changes that are not refused", () => {
	test.for([
		["nothing", POSTGRES, POSTGRES],
		["a minor version of PostgreSQL", POSTGRES, { ...POSTGRES, image: "postgres:17.5-alpine" }],
		[
			"a minor version of PostgreSQL back, which keeps its format",
			POSTGRES,
			{ ...POSTGRES, image: "postgres:17.3" },
		],
		["an image whose name tells no version", POSTGRES, { ...POSTGRES, image: "example/store:3" }],
		["a newer Redis", REDIS, { ...REDIS, image: "redis:9" }],
		["a folder more", MONGO, { ...MONGO, volumes: ["/data/db", "/data/configdb", "/backup"] }],
		["the name of the volume that it has", POSTGRES, { ...POSTGRES, volume: "shop-prod-db-main-data" }],
	] as const)("%s", ([, before, after]) => {
		expect(problems({ main: before as DatabaseInput }, { main: after as DatabaseInput })).toEqual([]);
	});

	test("a volume that a restore has filled, for another version as well, and the way back", () => {
		const restored = { ...POSTGRES, volume: "restored", image: "postgres:18" };
		const volumes = { main: ["restored", "shop-prod-db-main-data"] };
		expect(problems({ main: POSTGRES }, { main: restored }, volumes)).toEqual([]);
		expect(problems({ main: restored }, { main: POSTGRES }, volumes)).toEqual([]);
	});

	test("any, where nothing is deployed", () => {
		expect(checkDatabaseChanges(parsed({ main: POSTGRES }), { releases: {} }, PREFIX, "shop/prod")).toEqual(
			[],
		);
	});
});

describe("changes that are refused", () => {
	test("another major version of PostgreSQL, up or down", () => {
		const up = text({ main: POSTGRES }, { main: { ...POSTGRES, image: "postgres:18-alpine" } });
		expect(up).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.image: "postgres:18-alpine" is PostgreSQL 18, which cannot read the data of PostgreSQL 17 in volume shop-prod-db-main-data. Allowed: PostgreSQL 17; or everything dumped and restored into a fresh volume, while nothing writes.
			      pulumi config set --path databases.main.image postgres:17.4-alpine
			      # or, the way to the other version:
			      docker exec shop-prod-db-main pg_dumpall --username shop > main.sql
			      docker volume create --label blue-green.stack=shop/prod --label blue-green.role=database --label blue-green.database=main shop-prod-db-main-data-new
			      docker run --detach --name shop-prod-db-main-new --volume shop-prod-db-main-data-new:/var/lib/postgresql/data --env PGDATA=/var/lib/postgresql/data --env POSTGRES_USER=shop --env POSTGRES_DB=shop --env POSTGRES_PASSWORD=until-restored postgres:18-alpine
			      until docker exec shop-prod-db-main-new pg_isready --host 127.0.0.1; do sleep 1; done
			      docker exec --interactive shop-prod-db-main-new psql --username shop --dbname postgres --quiet < main.sql   # "already exists" for shop: as it should be
			      docker stop shop-prod-db-main-new && docker rm shop-prod-db-main-new
			      pulumi config set --path databases.main.image postgres:18-alpine
			      pulumi config set --path databases.main.volume shop-prod-db-main-data-new
			      pulumi up"
		`);
		const [down] = problems({ main: POSTGRES }, { main: { ...POSTGRES, image: "pgvector/pgvector:pg16" } });
		expect(down?.reason).toContain("is PostgreSQL 16, which cannot read the data of PostgreSQL 17");
	});

	test("an older version of anything else", () => {
		expect(
			text(
				{ cache: REDIS, documents: MONGO },
				{ cache: { ...REDIS, image: "redis:7.4-alpine" }, documents: { ...MONGO, image: "mongo:7" } },
			),
		).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  databases.cache.image: "redis:7.4-alpine" is older than redis:8.0-alpine, which has written the data: it may not read it. Allowed: redis:8.0-alpine or newer.
			      pulumi config set --path databases.cache.image redis:8.0-alpine
			  databases.documents.image: "mongo:7" is older than mongo:8.0.4, which has written the data: it may not read it. Allowed: mongo:8.0.4 or newer.
			      pulumi config set --path databases.documents.image mongo:8.0.4"
		`);
	});

	test("another volume, and one that a restore has filled for another database", () => {
		const after = { ...POSTGRES, volume: "elsewhere" };
		expect(text({ main: POSTGRES }, { main: after }, { other: ["elsewhere"] })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.volume: its data is in volume shop-prod-db-main-data; in elsewhere no restore has put any: there is no such volume with the label blue-green.database=main. Allowed: shop-prod-db-main-data, or a volume that npm run restore has filled.
			      pulumi config rm --path databases.main.volume"
		`);
		const named = { ...POSTGRES, volume: "mine" };
		expect(problems({ main: named }, { main: POSTGRES })[0]?.fix).toEqual([
			"pulumi config set --path databases.main.volume mine",
		]);
	});

	test("one that is left out, or renamed, with what belongs to it", () => {
		expect(text({ main: POSTGRES, documents: MONGO }, { store: POSTGRES })).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  databases.documents: missing, but it runs as shop-prod-db-documents, with its data in volume shop-prod-db-documents-data. Allowed: as it was, under the same name.
			      pulumi config set --path databases.documents.type custom
			      pulumi config set --path databases.documents.image mongo:8.0.4
			      # or, to do without documents for good; its volume stays on the host:
			      docker stop shop-prod-db-documents && docker rm shop-prod-db-documents
			      pulumi state unprotect --yes 'urn:pulumi:prod::shop::blue-green:index:SharedDatabases$docker:index/volume:Volume::shop-prod-db-documents-data'
			      pulumi state unprotect --yes 'urn:pulumi:prod::shop::blue-green:index:SharedDatabases$docker:index/volume:Volume::shop-prod-db-documents-data-2'
			      pulumi state unprotect --yes 'urn:pulumi:prod::shop::blue-green:index:SharedDatabases$random:index/randomPassword:RandomPassword::shop-prod-db-documents-password'
			      pulumi up --refresh
			  databases.main: missing, but it runs as shop-prod-db-main, with its data in volume shop-prod-db-main-data. Allowed: as it was, under the same name.
			      pulumi config set --path databases.main.type postgres
			      pulumi config set --path databases.main.image postgres:17.4-alpine
			      pulumi config set --path databases.main.database shop
			      # or, to do without main for good; its volume stays on the host:
			      docker stop shop-prod-db-main && docker rm shop-prod-db-main
			      pulumi state unprotect --yes 'urn:pulumi:prod::shop::blue-green:index:SharedDatabases$docker:index/volume:Volume::shop-prod-db-main-data'
			      pulumi state unprotect --yes 'urn:pulumi:prod::shop::blue-green:index:SharedDatabases$random:index/randomPassword:RandomPassword::shop-prod-db-main-password'
			      pulumi up --refresh"
		`);
	});

	test("another type", () => {
		expect(text({ main: POSTGRES }, { main: REDIS })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.type: redis cannot take over the data of postgres with its data in volume shop-prod-db-main-data. Allowed: postgres; the new one under a name of its own.
			      pulumi config set --path databases.main.type postgres
			      pulumi config set --path databases.NAME.type redis"
		`);
	});

	test("another database of PostgreSQL", () => {
		expect(text({ main: POSTGRES }, { main: { ...POSTGRES, database: "store" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.database: the data is in PostgreSQL's database shop; services would look for store, which is not there. Allowed: shop.
			      pulumi config set --path databases.main.database shop"
		`);
	});

	test("folders of a custom one in another order, or fewer", () => {
		expect(
			text({ main: MONGO }, { main: { ...MONGO, volumes: ["/data/configdb", "/data/db"] } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.volumes[0]: /data/configdb would be in the place of /data/db, and its data out of reach. Allowed: the folders as they were, and new ones after them.
			      pulumi config set --path 'databases.main.volumes[0]' /data/db
			      pulumi config set --path 'databases.main.volumes[1]' /data/configdb"
		`);
		expect(problems({ main: MONGO }, { main: { ...MONGO, volumes: ["/data/db"] } })).toHaveLength(1);
		expect(
			text({ main: MONGO }, { main: { ...MONGO, volumes: [], stateless: true } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.stateless: its data is in volume shop-prod-db-main-data, and it would be without. Allowed: as it was.
			      pulumi config rm --path databases.main.stateless"
		`);
	});
});

describe("what a container's labels tell", () => {
	test("is left out where somebody else has written it", () => {
		const container = (settings: string) => ({
			name: "shop-prod-db-main",
			labels: { "blue-green.database": "main", "blue-green.settings": settings },
		});
		for (const settings of ["", "null", "[]", '{"type":"postgres"}', "not json"])
			expect(deployedDatabases([container(settings)], PREFIX)).toEqual({});
	});

	test("is that of this stack's containers only", () => {
		const { databases } = deployed({ main: POSTGRES });
		const labels = { "blue-green.database": "main", "blue-green.settings": JSON.stringify(databases?.main) };
		expect(deployedDatabases([{ name: "hand-made", labels }], PREFIX)).toEqual({});
		expect(deployedDatabases([{ name: "shop-prod-db-main", labels }], PREFIX)).toEqual({
			main: databases?.main,
		});
	});
});

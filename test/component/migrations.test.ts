import { beforeAll, describe, expect, test } from "vitest";
import { CONTAINER, find, type Registered, type Run, runStack } from "./program";
import { SHOP } from "./shop";

const READY = "pulumi-nodejs:dynamic/blueGreen:DatabaseReady";
const COMMAND = "command:local:Command";
const MIGRATIONS = {
	expand: ["migrate", "expand"],
	backfill: ["migrate", "backfill"],
	verify: { query: "SELECT 0" },
	contract: ["migrate", "contract"],
	schema: { tool: "flyway" },
	deadline: "2m",
};

type Outputs = Awaited<ReturnType<typeof runStack>>;

function stack(migrations: object, config: object = {}): Promise<Outputs> {
	return runStack({ ...SHOP, config: { ...SHOP.config, ...config, migrations } });
}

let shop: Outputs;
beforeAll(async () => {
	shop = await stack(MIGRATIONS);
});

const command = (run: Run<unknown>, name: string): Registered =>
	find(run.resources, COMMAND, `shop-prod-${name}`);
const inputs = (run: Run<unknown>, name: string) => {
	const { environment } = command(run, name).inputs as { environment: Record<string, string> };
	return JSON.parse(environment.BLUE_GREEN_MIGRATION ?? "") as Record<string, unknown>;
};

describe("the commands of migrations", () => {
	test("are one for each color's expand, and one backfill", () => {
		const names = shop.resources.filter(({ type }) => type === COMMAND).map(({ name }) => name);
		expect(names.sort()).toEqual(["shop-prod-backfill", "shop-prod-blue-expand", "shop-prod-green-expand"]);
	});

	test("say what is to be run, without a path and without a secret", () => {
		const { inputs: given, secretInputs } = command(shop, "green-expand");
		expect(given).toMatchObject({
			create: `node -e 'require("pulumi-docker-blue-green/migrate.cjs")'`,
			triggers: ["2.0.0", "", expect.stringMatching(/^[0-9a-f]{12}$/)],
			logging: "stderr",
			addPreviousOutputInEnv: false,
		});
		expect(secretInputs).toEqual(["environment"]);
		const plain = inputs(shop, "green-expand");
		expect(plain).toEqual({
			phase: "expand",
			color: "green",
			version: "2.0.0",
			command: ["migrate", "expand"],
			rests: false,
			schemaQuery: expect.stringContaining("flyway_schema_history"),
			ranges: {},
			name: "shop-prod-green-expand",
			image: "sha256:of-shop-prod-green-migrations-image",
			network: "shop-prod-data",
			database: { container: "shop-prod-db-main", user: "shop", name: "shop" },
			secretsAs: "file",
			env: {},
			resources: {},
			deadlineMs: 120_000,
			stack: "shop/prod",
			proxy: "shop-prod-proxy",
		});
		expect(JSON.stringify(plain)).not.toContain("hush");
	});

	test("stand before the containers of their color, behind its database, and behind the drain", () => {
		expect(command(shop, "green-expand").dependencies).toContain(`${READY} shop-prod-db-main-ready`);
		const container = find(shop.resources, CONTAINER, "shop-prod-green-web-1");
		expect(container.dependencies).toContain(`${COMMAND} shop-prod-green-expand`);
		expect(container.dependencies).not.toContain(`${COMMAND} shop-prod-blue-expand`);
		const drain = "pulumi-nodejs:dynamic/blueGreen:Drain shop-prod-drain";
		expect(command(shop, "backfill").dependencies).toContain(drain);
	});

	test("run for the active color first where both are new", () => {
		expect(command(shop, "green-expand").dependencies).toContain(`${COMMAND} shop-prod-blue-expand`);
	});

	test("are not there without settings of them", () => {
		expect(SHOP.config).not.toHaveProperty("migrations");
		return runStack(SHOP).then(({ resources }) =>
			expect(resources.filter(({ type }) => type === COMMAND)).toEqual([]),
		);
	});
});

test("contract comes last, once the way back is closed and nothing else is declared", async () => {
	const closed = await stack({ ...MIGRATIONS, closed: "1.0.0" }, { colors: { blue: { version: "1.0.0" } } });
	expect(command(closed, "contract").dependencies).toContain(`${COMMAND} shop-prod-backfill`);
	expect(command(closed, "contract").ignoreChanges).toEqual([]);
	expect(inputs(closed, "contract")).toMatchObject({ rests: false, verify: { query: "SELECT 0" } });
});

test("another image, in which only the version differs", async () => {
	const own = await stack({ ...MIGRATIONS, image: "registry.example.com/migrations:{version}" });
	const image = find(
		own.resources,
		"docker:index/remoteImage:RemoteImage",
		"shop-prod-green-migrations-image",
	);
	expect(image.inputs).toMatchObject({ name: "registry.example.com/migrations:2.0.0", keepLocally: true });
});

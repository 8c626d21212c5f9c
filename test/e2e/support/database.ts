import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { exec } from "../../../components/runtime/docker/exec";
import { projectFolder } from "../../../scripts/lib/environment";
import { engine, eventually } from "./docker";

/** A database in a container of its own, without a stack around it; not reachable from outside. */
export class TestDatabase {
	private constructor(readonly container: string) {}

	static async postgres(container: string, database: string): Promise<TestDatabase> {
		const Env = [`POSTGRES_USER=${database}`, `POSTGRES_DB=${database}`, "POSTGRES_PASSWORD=superuser's own"];
		const made = await TestDatabase.start(container, { Image: imageOf("main"), Env });
		await eventually("PostgreSQL answers", 60_000, async () => {
			const { exitCode } = await exec(engine, container, ["pg_isready", "--host", "127.0.0.1"]);
			return exitCode === 0;
		});
		return made;
	}

	/** @param files Text by path. */
	static async redis(
		container: string,
		command: readonly string[],
		files: Readonly<Record<string, string>>,
	): Promise<TestDatabase> {
		const write = Object.entries(files).map(
			([file, text]) =>
				`mkdir -p ${path.dirname(file)} && printf %s '${text}' > ${file} && chmod 555 ${file}`,
		);
		const entry = `${write.join(" && ")} && exec docker-entrypoint.sh "$@"`;
		const Entrypoint = ["sh", "-c", entry, "entry"];
		const made = await TestDatabase.start(container, {
			Image: imageOf("cache"),
			Entrypoint,
			Cmd: [...command],
		});
		await made.redisAnswers();
		return made;
	}

	async redisAnswers(): Promise<void> {
		await eventually("Redis answers", 30_000, async () => {
			const { stdout } = await exec(engine, this.container, ["redis-cli", "ping"]);
			return /PONG|NOAUTH/.test(stdout);
		});
	}

	/** What SQL prints, as a superuser over the local socket, or over the network with a URL; a failure is its message. */
	async sql(statements: string, url?: string): Promise<string> {
		const who = url === undefined ? ["--username", "shop", "--dbname", "shop"] : [url];
		const options = ["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"];
		const command = ["psql", ...options, "--set", "ON_ERROR_STOP=1", "--command", statements, ...who];
		const { exitCode, stdout, stderr } = await exec(engine, this.container, command, {}, 60_000);
		return exitCode === 0 ? stdout.trim() : stderr.trim();
	}

	/** The URL of a role, over the network of the container: only there a password is asked for. */
	async url(user: string, password: string): Promise<string> {
		const { Config } = await engine.api.getContainer(this.container).inspect();
		return `postgres://${user}:${password}@${Config.Hostname}:5432/shop`;
	}

	async remove(): Promise<void> {
		await engine.api.getContainer(this.container).remove({ force: true, v: true });
	}

	private static async start(name: string, options: object): Promise<TestDatabase> {
		// A run that was killed has left its own.
		await engine.api
			.getContainer(name)
			.remove({ force: true, v: true })
			.catch(() => undefined);
		const made = await engine.api.createContainer({ name, ...options });
		await made.start();
		return new TestDatabase(name);
	}
}

/** The image of one of the local stack's databases. */
function imageOf(database: "main" | "cache"): string {
	const { config } = parse(readFileSync(path.join(projectFolder, "Pulumi.local.yaml"), "utf8")) as {
		config: { "shop:databases": Record<string, { image: string }> };
	};
	return config["shop:databases"][database]?.image ?? "";
}

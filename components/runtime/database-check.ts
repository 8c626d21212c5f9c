import { upgradeCommands } from "../plan/postgres-upgrade";
import { removeCommand, setCommand } from "../settings/problems";
import type { Engine } from "./docker/engine";
import { runOnce } from "./docker/one-shot";
import { indented, type Reporter, StepError } from "./report";

/** Plain JSON that stands in the state and in previews, so no secrets. */
export interface DatabaseCheckInputs {
	readonly type: "postgres" | "redis";
	/** As in the settings. */
	readonly database: string;
	/** Name of the database's container. */
	readonly container: string;
	/** Docker's id of the image that it is to run. */
	readonly image: string;
	/** The image's name, for people. */
	readonly imageName: string;
	/** Name of the volume that holds the data. */
	readonly volume: string;
	/** Arguments of the server that set its parameters. */
	readonly parameters: readonly string[];
	/** Of PostgreSQL: the database's name, which is its owner's too. */
	readonly owner?: string;
	/** Value of the label `blue-green.stack`. */
	readonly stack: string;
}

export interface DatabaseCheckOutputs extends DatabaseCheckInputs {
	/** What was found: "PostgreSQL 17.4, data of 17". */
	readonly result: string;
}

/** Starting a container takes a second or two; a busy host some more. */
const DEADLINE_MS = 60_000;

/** $1: the folder with the data; the rest: the server's parameters. `-C` reads them all, prints one and ends. */
const ASK_POSTGRES = `
folder=$1; shift
postgres --version || exit 3
echo "data of $(cat "$folder/PG_VERSION" 2>/dev/null || echo nobody)"
: > /tmp/empty.conf
exec postgres -C shared_buffers -c config_file=/tmp/empty.conf -c data_directory=/tmp "$@"
`;

/** Redis has no dry run: it is started on an empty folder, until it answers. */
const ASK_REDIS = `
redis-server --version || exit 3
cd /tmp
redis-server "$@" --dir /tmp --port 0 --unixsocket /tmp/check.sock --loglevel warning &
server=$!
while kill -0 $server 2>/dev/null; do
	redis-cli -s /tmp/check.sock ping 2>/dev/null | grep -q PONG && exit 0
	sleep 0.1
done
wait $server
`;

/**
 * Whether a database's image can run on its data with its parameters, tried in a container of its own while the old one
 * still serves: a database that does not start again would be noticed only after the old container is gone.
 *
 * @throws StepError that says what does not fit, and what to do.
 */
export async function runDatabaseCheck(
	engine: Engine,
	inputs: DatabaseCheckInputs,
	report: Reporter,
): Promise<DatabaseCheckOutputs> {
	const result =
		inputs.type === "postgres" ? await askPostgres(engine, inputs) : await askRedis(engine, inputs);
	report.info(`${inputs.imageName} can run it: ${result}`);
	return { ...inputs, result };
}

async function askPostgres(engine: Engine, inputs: DatabaseCheckInputs): Promise<string> {
	const folder = "/mnt/data";
	const { exitCode, lines } = await runOnce(engine, {
		...shotOf(inputs),
		script: ASK_POSTGRES,
		arguments: [folder, ...inputs.parameters],
		volumes: { [folder]: inputs.volume },
	});
	const version = find(lines, /^postgres \(PostgreSQL\) (\d+\S*)/);
	if (version === undefined) throw isNoImage(inputs, lines);
	const data = find(lines, /^data of (\d+)/);
	const major = version.split(/[.\D]/)[0];
	if (data !== undefined && data !== major)
		throw isOtherMajor(inputs, version, data, await volumesOf(engine, inputs.container));
	if (exitCode !== 0) throw isNoParameter(inputs, lines);
	return data === undefined ? `PostgreSQL ${version}, no data yet` : `PostgreSQL ${version}, data of ${data}`;
}

async function askRedis(engine: Engine, inputs: DatabaseCheckInputs): Promise<string> {
	const { exitCode, lines } = await runOnce(engine, {
		...shotOf(inputs),
		script: ASK_REDIS,
		arguments: inputs.parameters,
	});
	const version = find(lines, /^Redis server v=(\S+)/);
	if (version === undefined) throw isNoImage(inputs, lines);
	if (exitCode !== 0) throw isNoParameter(inputs, lines);
	return `Redis ${version}`;
}

function shotOf({ database, image }: DatabaseCheckInputs) {
	return { what: `the look at database ${database}'s image`, image, deadlineMs: DEADLINE_MS };
}

function find(lines: readonly string[], pattern: RegExp): string | undefined {
	return lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])[0];
}

const UNTOUCHED = "Its container was not touched.";

function isNoImage({ database, type, imageName }: DatabaseCheckInputs, lines: readonly string[]): StepError {
	const program = type === "postgres" ? "PostgreSQL" : "Redis";
	const said = lines.length === 0 ? "" : `\n  it said:\n${indented(lines)}`;
	return new StepError(
		`database ${database}: ${imageName} does not run ${program}.${said}\n${UNTOUCHED}\nNext: an image of the official kind, or type: custom. pulumi config set --path databases.${database}.image <image>`,
	);
}

/** Which volumes the database's container has as it is now; none where there is no container. */
async function volumesOf(engine: Engine, container: string): Promise<string[]> {
	const found = await engine.api
		.getContainer(container)
		.inspect()
		.catch(() => undefined);
	return (found?.Mounts ?? []).flatMap(({ Name }) => Name ?? []);
}

/** @param has Volumes that its container has now: that one can be dumped, another one is the way back. */
function isOtherMajor(
	inputs: DatabaseCheckInputs,
	version: string,
	data: string,
	has: readonly string[],
): StepError {
	const { database, imageName, volume } = inputs;
	const lines = [
		`database ${database}: ${imageName} is PostgreSQL ${version}, but volume ${volume} holds data of PostgreSQL ${data}, which it cannot read.`,
		UNTOUCHED,
		`Next, an image of PostgreSQL ${data}: pulumi config set --path databases.${database}.image <image>`,
	];
	const [other] = has;
	if (has.includes(volume))
		lines.push(
			"Or everything dumped and restored into a fresh volume, while nothing writes:",
			...upgradeCommands({ ...inputs, image: imageName }).map((line) => `  ${line}`),
		);
	else if (other !== undefined)
		lines.push(
			`Or the volume that it has: ${setCommand(["databases", database, "volume"], other)} && pulumi up`,
		);
	return new StepError(lines.join("\n"));
}

function isNoParameter({ database, imageName }: DatabaseCheckInputs, lines: readonly string[]): StepError {
	const said = lines.filter((line) => !/^(data of|\d+$|postgres \(|Redis server v=)/.test(line)).slice(-5);
	const name = find(said, /parameter "([^"]+)"|>>> '(\S+) /) ?? find(said, />>> '(\S+)/);
	const path = ["databases", database, "parameters", ...(name === undefined ? [] : [name])];
	return new StepError(
		`database ${database}: ${imageName} refuses its parameters. It said:\n${indented(said)}\n${UNTOUCHED}\nNext: ${removeCommand(path)} && pulumi up`,
	);
}

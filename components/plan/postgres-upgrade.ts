import { LABEL } from "./names";

export interface Upgrade {
	/** As in the settings. */
	readonly database: string;
	/** Name of the container that has the data. */
	readonly container: string;
	/** Name of the volume that holds the data. */
	readonly volume: string;
	/** Name of the database, which is its owner's too. */
	readonly owner?: string;
	/** Value of the label `blue-green.stack`. */
	readonly stack: string;
	/** The image that it shall have. */
	readonly image: string;
}

/**
 * The way to another major version of PostgreSQL: everything is dumped, roles with their passwords too, and restored into a
 * fresh volume by the new image, which the settings then name. The old volume stays as it was.
 */
export function upgradeCommands({
	database,
	container,
	volume,
	owner = "app",
	stack,
	image,
}: Upgrade): string[] {
	const fresh = `${volume}-new`;
	const helper = `${container}-new`;
	const labels = [`${LABEL.stack}=${stack}`, `${LABEL.role}=database`, `${LABEL.database}=${database}`];
	return [
		`docker exec ${container} pg_dumpall --username ${owner} > ${database}.sql`,
		`docker volume create ${labels.map((label) => `--label ${label}`).join(" ")} ${fresh}`,
		`docker run --detach --name ${helper} --volume ${fresh}:/var/lib/postgresql/data --env PGDATA=/var/lib/postgresql/data --env POSTGRES_USER=${owner} --env POSTGRES_DB=${owner} --env POSTGRES_PASSWORD=until-restored ${image}`,
		`until docker exec ${helper} pg_isready --host 127.0.0.1; do sleep 1; done`,
		`docker exec --interactive ${helper} psql --username ${owner} --dbname postgres --quiet < ${database}.sql   # "already exists" for ${owner}: as it should be`,
		`docker stop ${helper} && docker rm ${helper}`,
		`pulumi config set --path databases.${database}.image ${image}`,
		`pulumi config set --path databases.${database}.volume ${fresh}`,
		"pulumi up",
	];
}

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { registries as schema } from "./settings/images";
import { readConfig } from "./settings/load";

/**
 * The Docker host that a stack runs on: the processes that Pulumi talks to it with. Give `providers` to the components.
 *
 * Declared first, so that they start while the program is still reading; Pulumi's own default providers start one after
 * another, each when its first resource is reached. Measured: 0.4 s of every preview and `up`.
 */
export class DockerHost {
	readonly providers: Record<string, pulumi.ProviderResource>;

	/** @param prefix Names begin with it; see `stackPrefix`. The host is that of DOCKER_HOST, or this machine. */
	constructor(prefix: string) {
		this.providers = {
			docker: new docker.Provider(`${prefix}-docker`, registryLogins()),
			random: new random.Provider(`${prefix}-random`),
			"pulumi-nodejs": new StepsProvider(`${prefix}-steps`),
		};
	}
}

/** The process that runs the steps of a release, which are dynamic resources. */
class StepsProvider extends pulumi.ProviderResource {
	constructor(name: string) {
		super("pulumi-nodejs", name);
	}
}

/**
 * The logins that the stack's settings have for private registries. Settings that are not right are for `loadSettings` to
 * complain of, which comes later; nothing is pulled before.
 */
function registryLogins(): docker.ProviderArgs {
	const { raw } = readConfig();
	const registries = schema.safeParse(raw.registries);
	const secrets = (raw.secrets ?? {}) as Readonly<Record<string, string>>;
	const logins = Object.entries(registries.data ?? {}).map(([address, { username, password }]) => ({
		address,
		username,
		password: pulumi.secret(secrets[password] ?? ""),
	}));
	return logins.length === 0 ? {} : { registryAuth: logins };
}

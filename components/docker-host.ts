import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { z } from "zod";
import { messageOf } from "./runtime/report";
import { SSH_OPTIONS } from "./runtime/ssh/options";
import { reach } from "./runtime/ssh/reach";
import { HOST_INPUT } from "./runtime/ssh/reached";
import { dockerHost, sshHost } from "./settings/docker-host";
import { registries as schema } from "./settings/images";
import { readConfig } from "./settings/load";
import { parse } from "./settings/parse";
import { renderProblems } from "./settings/problems";

/**
 * The setting `host` of the stack, read before all others: they are compared with what runs there.
 * @throws pulumi.RunError where it is no address of a Docker host.
 */
export function readHost(): string | undefined {
	const raw = { host: new pulumi.Config().get("host") };
	// A password has no place there; where somebody has put one, it is not shown.
	const hide = () => /:[^/]*@/.test(raw.host?.replace("://", "") ?? "");
	const parsed = parse(z.object({ host: dockerHost }), raw, hide);
	if ("problems" in parsed) throw new pulumi.RunError(renderProblems(parsed.problems, pulumi.getStack()));
	return parsed.value.host || undefined;
}

/**
 * The Docker host that a stack runs on: the processes that Pulumi talks to it with. Give `providers` to the components.
 *
 * Declared first, so that they start while the program is still reading; Pulumi's own default providers start one after
 * another, each when its first resource is reached. Measured: 0.4 s of every preview and `up`.
 */
export class DockerHost {
	readonly providers: Record<string, pulumi.ProviderResource>;

	/**
	 * @param prefix Names begin with it; see `stackPrefix`.
	 * @param host "ssh://deploy@shop.example.com" or "unix:///path". Default: that of DOCKER_HOST, or this machine.
	 */
	constructor(
		prefix: string,
		private readonly host?: string,
	) {
		const overSsh = host !== undefined && sshHost(host) !== undefined;
		const where = host === undefined ? {} : { host, ...(overSsh && { sshOpts: [...SSH_OPTIONS] }) };
		this.providers = {
			docker: new docker.Provider(`${prefix}-docker`, { ...where, ...registryLogins() }),
			random: new random.Provider(`${prefix}-random`),
			"pulumi-nodejs": new StepsProvider(`${prefix}-steps`, host),
		};
	}

	/**
	 * Connects this process, so that the program may look at the host. A preview goes on without, by what the state says.
	 * @throws pulumi.RunError that says why it cannot be reached, and what to do.
	 */
	async reach(): Promise<void> {
		try {
			await reach(this.host);
		} catch (error) {
			if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(`${messageOf(error)}\nNothing was touched.`);
			void pulumi.log.warn(
				`${messageOf(error)}\nThis preview goes by what the state says; what runs there was not looked at.`,
			);
		}
	}
}

/** The process that runs the steps of a release, which are dynamic resources. */
class StepsProvider extends pulumi.ProviderResource {
	constructor(name: string, host: string | undefined) {
		super("pulumi-nodejs", name, host === undefined ? {} : { [HOST_INPUT]: host });
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

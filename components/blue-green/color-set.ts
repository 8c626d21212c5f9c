import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../labels";
import { limits } from "../limits";
import { loginsLabel } from "../plan/logins";
import { colorAlias, SECRETS_FOLDER } from "../plan/names";
import type { PlannedColor, PlannedService, Replica } from "../plan/types";
import type { Target } from "../runtime/steps";

export interface ColorSetArgs {
	readonly plan: PlannedColor;
	/** Network of the proxy and the services. */
	readonly network: pulumi.Input<string>;
	/** Further networks, such as the one of the databases. */
	readonly otherNetworks?: readonly pulumi.Input<string>[];
	/** Values for `secrets` and database URLs by service and variable name; they may be secret. */
	readonly secretEnv?: (service: PlannedService) => Readonly<Record<string, pulumi.Input<string>>>;
	/** What the containers wait for; images are fetched meanwhile. */
	readonly after?: readonly pulumi.Resource[];
}

/**
 * The containers of one color. No host ports; names that stay the same from release to release; DNS names of its own.
 * Nothing else knows how a color's containers are made.
 */
export class ColorSet extends pulumi.ComponentResource {
	/** The containers that are declared, for the gate. */
	readonly targets: pulumi.Output<Target[]>;
	readonly containers: readonly docker.Container[];
	/** Which very image each service has, by its name; unset where the color does not declare it. */
	readonly pins: Readonly<Record<string, pulumi.Output<string>>>;

	/** @param name `${prefix}-blue` or `${prefix}-green`. */
	constructor(name: string, args: ColorSetArgs, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:ColorSet", name, {}, opts);
		// What the color is to have all of, it has one image of each: a service that waits until its color is active must not
		// come from another build than the rest.
		const present = args.plan.services.some(({ declared }) => declared) ? args.plan.services : [];
		const images = present.map((service) => ({ service, image: this.image(name, args.plan, service) }));
		this.pins = Object.fromEntries(images.map(({ service, image }) => [service.name, pinOf(image)]));
		const made = images
			.filter(({ service }) => service.declared)
			.flatMap(({ service, image }) =>
				service.replicas.map((replica) => ({
					service,
					container: this.container(args, service, replica, image.imageId),
				})),
			);
		this.containers = made.map(({ container }) => container);
		this.targets = pulumi.all(
			made.map(({ service, container }) => {
				const inFiles = service.secretsAs === "file" ? Object.keys(args.secretEnv?.(service) ?? {}) : [];
				return pulumi.output({
					container: container.name,
					id: container.id,
					service: service.name,
					readiness: service.readiness,
					...(service.warmUp && { warmUp: service.warmUp }),
					...(inFiles.length > 0 && { inFiles }),
				});
			}),
		);
		this.registerOutputs({});
	}

	private image(name: string, { kept, release }: PlannedColor, service: PlannedService): docker.RemoteImage {
		return new docker.RemoteImage(
			`${name}-${service.name}-image`,
			{
				// Where it has to be fetched again, it is the very image that was released, wherever its tag has gone meanwhile.
				name: (kept && service.pinned) || service.image,
				// Kept: the other color, or a rollback, may need it when this color is gone.
				keepLocally: true,
				// The same version again, on purpose: what its tag names now is looked at anew.
				...(release.revision !== undefined && {
					triggers: { release: `${release.version} ${release.revision}` },
				}),
			},
			{ parent: this, ignoreChanges: kept ? ["name", "triggers"] : [] },
		);
	}

	private container(
		args: ColorSetArgs,
		service: PlannedService,
		replica: Replica,
		image: pulumi.Input<string>,
	): docker.Container {
		const { color, release } = args.plan;
		const given = args.secretEnv?.(service) ?? {};
		const logins = loginsLabel(release.logins ?? {}, service);
		const asFiles = service.secretsAs === "file";
		const plain = { ...service.env, ...ownVariables(args.plan, service) };
		return new docker.Container(
			replica.container,
			{
				name: replica.container,
				image,
				envs: [...lines(plain), ...(asFiles ? lines(filePaths(given)) : lines(given))],
				...(asFiles && { uploads: secretFiles(given) }),
				...(service.command && { command: [...service.command] }),
				networksAdvanced: [
					{ name: args.network, aliases: [colorAlias(color, service.name)] },
					...(args.otherNetworks ?? []).map((other) => ({ name: other })),
				],
				...(service.healthCommand && {
					healthcheck: {
						tests: ["CMD", ...service.healthCommand],
						interval: "2s",
						timeout: "5s",
						retries: 3,
						startPeriod: "1m0s",
					},
				}),
				restart: "unless-stopped",
				...limits(service.resources),
				securityOpts: ["no-new-privileges:true"],
				// Read from the state when the container is deleted; unset it would mean SIGKILL at once.
				destroyGraceSeconds: Math.ceil(service.stopGraceMs / 1_000),
				stopTimeout: Math.ceil(service.stopGraceMs / 1_000),
				labels: labels({
					role: "service",
					color,
					service: service.name,
					version: release.version,
					...(release.revision !== undefined && { revision: release.revision }),
					...(logins !== "" && { logins }),
				}),
			},
			{
				parent: this,
				dependsOn: [...(args.after ?? [])],
				// The name stays the same, so the old container has to go first.
				deleteBeforeReplace: true,
				// A container that serves must not be replaced because a tag moved, a password changed or this code did.
				ignoreChanges: args.plan.kept ? ["*"] : [],
			},
		);
	}
}

/** The registry's digest; of an image that came from no registry, Docker's id. */
function pinOf({ repoDigest, imageId }: docker.RemoteImage): pulumi.Output<string> {
	return pulumi.all([repoDigest, imageId]).apply(([digest, id]) => digest || id);
}

function ownVariables(
	{ color, release, stores }: PlannedColor,
	{ name, port }: PlannedService,
): Record<string, string> {
	return {
		COLOR: color,
		VERSION: release.version,
		SERVICE: name,
		...(port !== undefined && { PORT: String(port) }),
		...stores,
	};
}

function lines(variables: Readonly<Record<string, pulumi.Input<string>>>): pulumi.Output<string>[] {
	return Object.entries(variables).map(([key, value]) => pulumi.interpolate`${key}=${value}`);
}

function filePaths(given: Readonly<Record<string, unknown>>): Record<string, string> {
	return Object.fromEntries(Object.keys(given).map((key) => [`${key}_FILE`, `${SECRETS_FOLDER}/${key}`]));
}

function secretFiles(given: Readonly<Record<string, pulumi.Input<string>>>) {
	// Readable by whatever user the image runs as; the file is in the container only.
	return Object.entries(given).map(([key, content]) => ({
		file: `${SECRETS_FOLDER}/${key}`,
		content,
		permissions: "0444",
	}));
}

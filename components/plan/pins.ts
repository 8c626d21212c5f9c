import type { Release, ReleasedService } from "./types";

/** A release of which it may not be known yet what its images are. */
export interface PinnedRelease<Pin> extends Omit<Release, "services"> {
	readonly services: Readonly<
		Record<string, Omit<ReleasedService, "pinned"> & { readonly pinned?: string | Pin }>
	>;
}

/**
 * The release with what its images turned out to be, whatever their tags name by now; what is pinned already stays as it is.
 *
 * @param pins By service.
 */
export function withPins<Pin>(release: Release, pins: Readonly<Record<string, Pin>>): PinnedRelease<Pin> {
	const services = Object.entries(release.services).map(([name, service]) => {
		const pinned = service.pinned ?? pins[name];
		return [name, pinned === undefined ? service : { ...service, pinned }] as const;
	});
	return { ...release, services: Object.fromEntries(services) };
}

/** What the settings say of a service; the pin is what the world made of it. */
export function withoutPin({ pinned: _, ...service }: ReleasedService): Omit<ReleasedService, "pinned"> {
	return service;
}

/** An image on the Docker host, as far as it has names. */
export interface HostImage {
	/** "sha256:…" */
	readonly id: string;
	/** "registry.example.com/shop-web:1.4.0" */
	readonly tags: readonly string[];
	/** "registry.example.com/shop-web@sha256:…" */
	readonly digests: readonly string[];
}

/** Whether a pin means this image. */
export function isPinnedTo(pin: string, { id, digests }: HostImage): boolean {
	return pin === id || digests.includes(pin);
}

/**
 * What a preview says of tags that name another image by now than the one that was released: for people, one sentence each.
 * Only what the Docker host itself knows counts; no registry is asked.
 */
export function movedTags(
	releases: Readonly<Partial<Record<string, Release>>>,
	images: readonly HostImage[],
): string[] {
	return Object.entries(releases).flatMap(([color, release]) =>
		Object.entries(release?.services ?? {}).flatMap(([service, { image, pinned }]) => {
			const now = images.find(({ tags }) => tags.includes(image));
			if (release === undefined || pinned === undefined || now === undefined || isPinnedTo(pinned, now))
				return [];
			return `${image} names another image by now than the one that ${color} ${release.version} (${service}) was released from. ${color} keeps that one, ${short(pinned)}. To release the new one: pulumi config set --path colors.${color}.revision <another>`;
		}),
	);
}

function short(pin: string): string {
	return pin.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/, "$1");
}

import { judgeImages } from "./architecture";
import { type Disk, judgeDisk, type SeenImages } from "./disk";
import type { Fact, Finding } from "./finding";
import { judgeMemory, type Memory, type RunningMemory } from "./memory";
import type { Needs } from "./needs";
import { judgeCaddy } from "./proxy-version";

/** What is known of a Docker host, and of the stack on it. */
export interface SeenHost {
	/** The kernel's word for the processor: "x86_64". */
	readonly kernel: Fact<string>;
	readonly disk: Fact<Disk>;
	readonly memory: Fact<Memory>;
	readonly images: SeenImages;
	readonly running: Fact<RunningMemory>;
	/** What `caddy version` prints in the proxy. */
	readonly caddy: Fact<string>;
}

/** Whether a host has room for what a stack needs, and what the stack brings fits the host. */
export function judgeHost(needs: Needs, proxyImage: string, seen: SeenHost): Finding[] {
	return [
		judgeDisk(seen.disk, needs.images, seen.images),
		judgeMemory(seen.memory, needs.containers, seen.running),
		...judgeImages(seen.kernel, needs.images, seen.images),
		judgeCaddy(seen.caddy, proxyImage, seen.images),
	];
}

/** The images that `judgeHost` wants to know of. */
export function imagesToSee({ images }: Needs): string[] {
	return [...new Set(images.flatMap(({ image, alike }) => [image, ...alike]))];
}

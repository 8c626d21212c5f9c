import type { Service } from "./settings/schema";

/** A container's limits as @pulumi/docker wants them. Where memory is limited there is no swap on top of it. */
export function limits({ memoryMb, cpus }: Service["resources"]): {
	memory?: number;
	memorySwap?: number;
	cpus?: string;
} {
	return {
		// Unset, Docker would allow as much swap again, and Pulumi would show that as a difference at every `up`.
		...(memoryMb !== undefined && { memory: memoryMb, memorySwap: memoryMb }),
		...(cpus !== undefined && { cpus: String(cpus) }),
	};
}

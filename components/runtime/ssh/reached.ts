import { loss, reach } from "./reach";

/** Name of the input of the provider resource by which the steps are told the host. */
export const HOST_INPUT = "blue-green:host";

type Method = (...parameters: never[]) => Promise<unknown>;

/**
 * The functions of a dynamic resource, each of which sees first that the stack's Docker host is connected. The process gets
 * none of the program's variables: Pulumi tells it the host as the configuration of its provider, which stands in the state
 * and so is known in `refresh` and `destroy`, too.
 */
export function reachedFirst<T extends object>(
	step: T,
): T & { configure(request: Configuration): Promise<void> } {
	let host: string | undefined;
	const methods = Object.entries(step as Record<string, Method>).map(([name, method]) => {
		const work = async (...parameters: never[]) => {
			// A preview goes on without the host, and believes the state; see the functions themselves.
			await reach(host).catch((error: unknown) => {
				if (name !== "diff") throw error;
			});
			try {
				return await method(...parameters);
			} catch (error) {
				const lost = loss();
				if (lost !== undefined && error instanceof Error) error.message = `${error.message}\n${lost}`;
				throw error;
			}
		};
		return [name, work];
	});
	return {
		...(Object.fromEntries(methods) as T),
		// Without waiting for anything: Pulumi calls the next function at once.
		configure: async ({ config }) => {
			host = config.get(HOST_INPUT);
		},
	};
}

interface Configuration {
	readonly config: { get(key: string): string | undefined };
}

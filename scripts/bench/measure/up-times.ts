import { shopTemplate } from "../../images/versions";
import { freePort, type Host } from "../host";
import { BenchStack, type UpRun } from "../stack";
import { shopSettings } from "../ways/blue-green";
import { VERSIONS } from "../ways/shop";
import type { Stage } from "./stages";

/** How much one color consists of. */
export interface Shape {
	services: number;
	/** Of each service. */
	replicas: number;
}

export const SHAPES: readonly Shape[] = [
	{ services: 1, replicas: 1 },
	{ services: 1, replicas: 4 },
	{ services: 1, replicas: 16 },
	{ services: 8, replicas: 1 },
];

/** `pulumi up` at one shape, each several times; nobody else uses the machine meanwhile. */
export interface UpTimes extends Shape {
	/** Nothing has changed. */
	noOp: UpRun[];
	/** The standby color gets a new release and the traffic. */
	release: UpRun[];
	/** The traffic goes back to a color that still runs. */
	rollback: UpRun[];
	/** What the cutover consisted of, in the releases. */
	cutovers: (readonly Stage[])[];
}

/** Brings up a stack of this shape and goes to and fro `runs` times. */
export async function measureUps(host: Host, shape: Shape, runs: number): Promise<UpTimes> {
	const name = `up-${shape.services}x${shape.replicas}`;
	const stack = new BenchStack(host, name, settingsOf(host, shape, await freePort()));
	const times: UpTimes = { ...shape, noOp: [], release: [], rollback: [], cutovers: [] };
	try {
		await stack.init();
		await stack.up();
		for (let run = 1; run <= runs; run++) {
			times.noOp.push(await stack.up());
			stack.settings.activeColor = "green";
			stack.settings.colors.green = { version: VERSIONS.green, revision: String(run) };
			times.release.push(await stack.up());
			times.cutovers.push((await stack.lastCutover()).stages);
			stack.settings.activeColor = "blue";
			times.rollback.push(await stack.up());
		}
	} catch (error) {
		// What failed first is what there is to say, whatever becomes of the rest.
		await stack.remove().catch((also: Error) => console.error(`bench: ${name}: ${also.message}`));
		throw error;
	}
	await stack.remove();
	return times;
}

/** The first service at "/", the others at prefixes of their own; all are the shop's web service. */
function settingsOf(
	host: Host,
	{ services, replicas }: Shape,
	httpPort: number,
): ReturnType<typeof shopSettings> {
	const settings = shopSettings(host, httpPort);
	const { web } = settings.services;
	if (web === undefined) throw new Error("the shop has no service web");
	const names = Array.from({ length: services }, (_, index) => (index === 0 ? "web" : `web-${index + 1}`));
	settings.services = Object.fromEntries(
		names.map((name) => [name, { ...web, replicas, ...(name !== "web" && { route: `/${name}` }) }]),
	);
	settings.images = shopTemplate.replace("{service}", "web");
	return settings;
}

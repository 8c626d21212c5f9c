import autocannon from "autocannon";
import { replicaName } from "../../../components/plan/names";
import { CADDYFILE } from "../../../components/proxy/paths";
import { CaddyAdmin } from "../../../components/runtime/caddy/admin";
import { ProxyFiles } from "../../../components/runtime/caddy/files";
import { shopTemplate } from "../../images/versions";
import { freePort, type Host } from "../host";
import { BenchStack } from "../stack";
import { CONNECTIONS } from "./release";
import { usageOf } from "./usage";

/** One stretch of closed-loop load: every connection sends its next request when it has its answer. */
export interface Stretch {
	requestsPerSecond: number;
	/** Processor time of Caddy for one request. */
	cpuUsPerRequest: number;
	p99Ms: number;
	/** Anything but a 2xx. */
	failed: number;
}

/** The same Caddy with this project's route and with a plain one, one right after the other. */
export interface Pair {
	ours: Stretch;
	plain: Stretch;
}

/**
 * Measures this project's route against `reverse_proxy` alone: in the proxy of a real stack, as the program made it, with
 * the Caddyfile that the program rendered. Between two stretches, while no request is under way, the other Caddyfile is
 * loaded; which one comes first changes from pair to pair. The upstreams are Caddy's own `respond`, so that the
 * proxy is what limits.
 */
export async function measureThroughput(host: Host, pairs: number, seconds: number): Promise<Pair[]> {
	const port = await freePort();
	const { caddy } = host.images;
	const stack = new BenchStack(host, "throughput", {
		activeColor: "blue",
		images: shopTemplate,
		colors: { blue: { version: "1", images: { web: caddy } } },
		services: {
			web: {
				port: 3000,
				route: "/",
				replicas: 2,
				health: { path: "/" },
				command: ["caddy", "respond", "--listen", ":3000", "It works."],
			},
		},
		proxy: { image: caddy, httpPort: port },
	});
	const admin = new CaddyAdmin(host.engine, stack.proxy);
	const files = new ProxyFiles(host.engine, stack.proxy);
	try {
		await stack.init();
		await stack.up();
		const ours = await files.read(CADDYFILE);
		if (ours === undefined) throw new Error(`there is no ${CADDYFILE} in ${stack.proxy}`);
		const plain = plainCaddyfile(
			port,
			[1, 2].map((replica) => replicaName(stack.prefix, "blue", "web", replica)),
		);
		const measure = async (caddyfile: string) => {
			await admin.load(caddyfile);
			// A first moment for connections to the upstreams, and for what Go has to warm up.
			await stretch(host, stack, 1);
			return stretch(host, stack, seconds);
		};
		const result: Pair[] = [];
		for (let pair = 0; pair < pairs; pair++) {
			if (pair % 2 === 0) {
				const first = await measure(ours);
				result.push({ ours: first, plain: await measure(plain) });
			} else {
				const first = await measure(plain);
				result.push({ ours: await measure(ours), plain: first });
			}
		}
		return result;
	} finally {
		admin.close();
		files.close();
		await stack.remove();
	}
}

function plainCaddyfile(port: number, upstreams: readonly string[]): string {
	const addresses = upstreams.map((name) => `${name}:3000`).join(" ");
	return `{
	admin 127.0.0.1:2019
	auto_https off
	persist_config off
}

http://:${port} {
	reverse_proxy ${addresses}
}
`;
}

async function stretch(host: Host, stack: BenchStack, seconds: number): Promise<Stretch> {
	const before = await usageOf(host.engine, stack.proxy);
	const result = await cannon(stack.url, seconds, host.signal);
	const after = await usageOf(host.engine, stack.proxy);
	const answered = result["2xx"];
	return {
		requestsPerSecond: answered / result.duration,
		cpuUsPerRequest: (after.cpuNs - before.cpuNs) / 1000 / answered,
		p99Ms: result.latency.p99,
		failed: result.non2xx + result.errors + result.timeouts,
	};
}

function cannon(url: string, seconds: number, signal: AbortSignal): Promise<autocannon.Result> {
	signal.throwIfAborted();
	return new Promise((resolve, reject) => {
		const instance = autocannon({ url, connections: CONNECTIONS, duration: seconds }, (error, result) => {
			signal.removeEventListener("abort", stop);
			if (signal.aborted) reject(signal.reason);
			else if (error) reject(error);
			else resolve(result);
		});
		const stop = () => instance.stop();
		signal.addEventListener("abort", stop);
	});
}

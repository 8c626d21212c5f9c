import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { shopImage } from "../../../scripts/images/versions";
import { authority, serverCertificate } from "../../support/certificates";
import { engine, eventually, inContainer } from "./docker";
import { goTool } from "./go-tools";

const PORT = 14_000;
const MANAGEMENT_PORT = 15_000;

/**
 * Let's Encrypt's own ACME server for tests, in a container on a stack's network. It looks at challenges as a real
 * authority does, under names that Docker's name server knows there: `<container>.<network>`.
 */
export class Pebble {
	private constructor(
		private readonly container: string,
		private readonly folder: string,
	) {}

	/**
	 * Makes the files; `start` has to wait for the network.
	 * @param name Of the container; one that a killed run has left is removed.
	 */
	static async prepare(name: string): Promise<Pebble> {
		const pebble = new Pebble(name, mkdtempSync(path.join(tmpdir(), "pebble-")));
		await pebble.removeContainer();
		const own = await authority("The root of the directory's own address");
		const { certificate, key } = await serverCertificate(own, [name]);
		pebble.write("root.pem", own.certificate);
		pebble.write("certificate.pem", certificate);
		pebble.write("key.pem", key);
		chmodSync(pebble.folder, 0o755);
		return pebble;
	}

	get directory(): string {
		return `https://${this.container}:${PORT}/dir`;
	}

	/** The file that a client of the directory has to trust. */
	get directoryRoot(): string {
		return path.join(this.folder, "root.pem");
	}

	/**
	 * Starts once the network is there, at most 60 s.
	 * @param ports Where the challenges are answered, as ports of the proxy's container.
	 */
	async start(network: string, ports: { http: number; https: number }): Promise<void> {
		const program = await goTool("pebble");
		const config = {
			listenAddress: `0.0.0.0:${PORT}`,
			managementListenAddress: `0.0.0.0:${MANAGEMENT_PORT}`,
			certificate: "/pebble/certificate.pem",
			privateKey: "/pebble/key.pem",
			httpPort: ports.http,
			tlsPort: ports.https,
			profiles: { default: { description: "for tests", validityPeriod: 30 * 86_400 } },
		};
		this.write("config.json", JSON.stringify({ pebble: config }));
		await eventually(`the network ${network} is there`, 60_000, () =>
			engine.api.getNetwork(network).inspect(),
		);
		const container = await engine.api.createContainer({
			name: this.container,
			Image: shopImage("web", "1.0.0"),
			Entrypoint: ["/pebble-program", "-config", "/pebble/config.json"],
			Cmd: [],
			Env: ["PEBBLE_VA_NOSLEEP=1"],
			HostConfig: {
				NetworkMode: network,
				Binds: [`${this.folder}:/pebble:ro`, `${program}:/pebble-program:ro`],
			},
		});
		await container.start();
	}

	/** The root that its certificates lead to, as PEM; another one after each start. */
	async root(): Promise<string> {
		const get = `fetch("https://127.0.0.1:${MANAGEMENT_PORT}/roots/0").then((r) => r.text()).then(console.log)`;
		return inContainer(this.container, "env", "NODE_TLS_REJECT_UNAUTHORIZED=0", "node", "-e", get);
	}

	/** All that it said. */
	async log(): Promise<string> {
		return (await engine.lastLogLines(this.container, 2_000)).join("\n");
	}

	async remove(): Promise<void> {
		await this.removeContainer();
		rmSync(this.folder, { recursive: true, force: true });
	}

	private async removeContainer(): Promise<void> {
		await engine.api
			.getContainer(this.container)
			.remove({ force: true, v: true })
			.catch(() => undefined);
	}

	private write(name: string, text: string): void {
		writeFileSync(path.join(this.folder, name), text);
	}
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { goTool } from "./go-tools";

const USER = "deploy";

/** A real image registry on loopback, which wants a user and a password. */
export class PrivateRegistry {
	private constructor(
		private readonly process: ChildProcess,
		/** "127.0.0.1:40123", as images begin with it. */
		readonly address: string,
		readonly password: string,
	) {}

	readonly user = USER;

	static async start(password: string): Promise<PrivateRegistry> {
		const program = await goTool("registry");
		const child = spawn(program, {
			env: { ...process.env, REGISTRY_USER: USER, REGISTRY_PASSWORD: password },
			stdio: ["ignore", "pipe", "ignore"],
		});
		const line = once(createInterface({ input: child.stdout }), "line", {
			signal: AbortSignal.timeout(10_000),
		});
		const [address] = (await line) as [string];
		return new PrivateRegistry(child, address, password);
	}

	/**
	 * Puts an image like one of the Docker host into the registry, and takes it from the host again: one of its own, because
	 * what has a name here as well is not this stack's to remove.
	 * @returns how the registry calls it: "127.0.0.1:40123/shop-web@sha256:…"
	 */
	async push(image: string, as: string): Promise<string> {
		const name = `${this.address}/${as}`;
		const { stdout: made } = await execa("docker", ["create", image]);
		await execa("docker", ["commit", "--change", "LABEL from=registry", made, name]);
		await execa("docker", ["rm", made]);
		await this.docker("push", "--quiet", name);
		const { stdout } = await execa("docker", ["image", "inspect", "--format", "{{json .RepoDigests}}", name]);
		await execa("docker", ["image", "rm", name]);
		const repository = name.slice(0, name.lastIndexOf(":"));
		const digest = (JSON.parse(stdout) as string[]).find((one) => one.startsWith(`${repository}@`));
		if (digest === undefined) throw new Error(`Docker does not tell the digest of ${name}: ${stdout}`);
		return digest;
	}

	/** As somebody who has moved a tag, and then fetched it on the Docker host. */
	pull(as: string): Promise<void> {
		return this.docker("pull", "--quiet", `${this.address}/${as}`);
	}

	stop(): void {
		this.process.kill();
	}

	/** With a login of its own, which nobody else gets: a folder for the client's configuration, and only for this command. */
	private async docker(...words: string[]): Promise<void> {
		const auth = Buffer.from(`${this.user}:${this.password}`).toString("base64");
		const config = JSON.stringify({ auths: { [this.address]: { auth } } });
		const script =
			'umask 077; d=$(mktemp -d); printf %s "$LOGIN" >"$d/config.json"; docker --config "$d" "$@"; e=$?; rm -rf "$d"; exit $e';
		await execa("sh", ["-c", script, "sh", ...words], { env: { LOGIN: config }, timeout: 120_000 });
	}
}

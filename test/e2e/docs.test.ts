import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LABEL } from "../../components/plan/names";
import { projectFolder } from "../../scripts/lib/environment";
import { commandBlocks } from "./support/command-blocks";
import { engine } from "./support/docker";
import { assertSucceeded, TestStack } from "./support/stack";

const NAME = "e2e-docs";
const blocks = commandBlocks();
const run = blocks.filter(({ notRun }) => notRun === undefined);

/**
 * The commands of README.md and docs, as they stand there and in their order, on one real stack. What is put in for a reader's own
 * is the stack's name and port; what a terminal would ask is answered by --yes.
 */
describe("the commands of the documentation", () => {
	let shop: TestStack;

	beforeAll(async () => {
		shop = await TestStack.create(NAME);
		assertSucceeded(await shop.up());
		for (const { place, notRun } of blocks)
			if (notRun !== undefined) console.log(`not run: ${place}: ${notRun}`);
	});
	afterAll(() => shop?.dispose());

	it.each(run)("$place", async ({ commands }) => {
		const { exitCode, all } = await execa(
			"bash",
			["-euo", "pipefail", "-c", `${PREAMBLE}\n${forStack(commands)}`],
			{
				cwd: projectFolder,
				env: { ...shop.stack.workspace.envVars, STACK: shop.name },
				all: true,
				reject: false,
				stdin: "ignore",
				timeout: 540_000,
			},
		);
		expect(exitCode, all).toBe(0);
		const left = await fetch(`${shop.url}/version`);
		expect(left.status, "the shop serves after the commands").toBe(200);
	});

	/** What docs/security.md says of who can reach what. */
	it("listens where the security model says, and nowhere else", async () => {
		const filters = { label: [`${LABEL.stack}=shop/${shop.name}`] };
		const containers = await engine.api.listContainers({ filters });
		const published = containers.flatMap(({ Names, Ports }) =>
			Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(
				({ IP, PublicPort }) => `${Names[0]?.slice(1)} ${IP}:${PublicPort}`,
			),
		);
		expect(containers.length).toBeGreaterThan(4);
		expect(published).toEqual([`${shop.container("proxy")} 127.0.0.1:${shop.port}`]);
		const data = await engine.api.getNetwork(shop.container("data")).inspect();
		expect(data.Internal).toBe(true);
		for (const { Mounts } of containers)
			expect(
				Mounts.map(({ Source }) => Source).filter((source) => /docker\.sock/.test(source ?? "")),
			).toEqual([]);
		// The Engine runs on this machine, so a port of the container's address is reached if it listens there.
		const proxy = await engine.api.getContainer(shop.container("proxy")).inspect();
		const address = proxy.NetworkSettings.Networks[shop.container("app")]?.IPAddress;
		const status = (port: number) =>
			fetch(`http://${address}:${port}/config/`, { signal: AbortSignal.timeout(5_000) });
		const [here] = containers.flatMap(({ Ports }) =>
			Ports.filter(({ PublicPort }) => PublicPort === shop.port),
		);
		expect((await status(here?.PrivatePort ?? 0)).status, "the address is the proxy's").toBeGreaterThan(0);
		await expect(status(2019)).rejects.toThrow("fetch failed");
	});

	function forStack(commands: string): string {
		return commands
			.replaceAll("127.0.0.1:8080", new URL(shop.url).host)
			.replaceAll("shop-prod-", `${shop.prefix}-`)
			.replaceAll(/--stack (prod|local)\b/g, `--stack ${shop.name}`);
	}
});

/** The reader's shell has a stack selected, and a person who says yes. */
const PREAMBLE = `
pulumi() {
	local what=$1; shift
	case $what in
		up|refresh|destroy|cancel) command pulumi "$what" --yes --stack "$STACK" "$@" ;;
		preview|config|stack) command pulumi "$what" --stack "$STACK" "$@" ;;
		*) command pulumi "$what" "$@" ;;
	esac
}
npm() {
	if [[ $* == *--stack* ]]; then command npm "$@"
	elif [[ $* == *" -- "* ]]; then command npm "$@" --stack "$STACK"
	else command npm "$@" -- --stack "$STACK"
	fi
}`;

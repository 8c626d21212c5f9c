import { expect, test } from "vitest";
import { SSH_OPTIONS } from "../../components/runtime/ssh/options";
import { type Registered, runStack } from "./program";
import { SHOP } from "./shop";

/** Nothing listens there. */
const HOST = "ssh://deploy@127.0.0.1:1";

const provider = (resources: readonly Registered[], name: string): Registered["inputs"] =>
	resources.find((one) => one.name === `shop-prod-${name}`)?.inputs ?? {};

test("without the setting the providers are given what they were given before there was one", async () => {
	const { resources } = await runStack(SHOP);
	expect(Object.keys(provider(resources, "docker"))).toEqual(["host"]);
	expect(provider(resources, "steps")).toEqual({});
});

test("with it, docker's provider, the steps and the migrations are told, and nothing of this machine", async () => {
	const { resources, said } = await runStack({
		...SHOP,
		config: { ...SHOP.config, host: HOST },
		preview: true,
	});
	expect(provider(resources, "docker")).toMatchObject({
		host: HOST,
		sshOpts: JSON.stringify(SSH_OPTIONS),
	});
	expect(provider(resources, "steps")).toEqual({ "blue-green:host": HOST });
	const commands = resources.filter(({ type }) => type === "command:local:Command");
	for (const { inputs } of commands) expect(inputs.environment).toMatchObject({ BLUE_GREEN_HOST: HOST });
	expect(said.join("\n")).toContain(`The Docker host ${HOST} cannot be reached: nothing answers there.`);
	expect(said.join("\n")).toContain("This preview goes by what the state says");
});

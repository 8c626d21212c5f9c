import * as pulumi from "@pulumi/pulumi";
import { type Deployed, NOTHING_DEPLOYED } from "../../../components/plan/types";
import { type LoadedSettings, loadSettings } from "../../../components/settings/load";
import type { Problem } from "../../../components/settings/problems";
import type { Settings } from "../../../components/settings/schema";

export type Config = Readonly<Record<string, unknown>>;

export interface Situation {
	readonly deployed?: Deployed;
	readonly stack?: string;
	/** Top-level keys whose value, or a part of it, is encrypted in the stack's file. */
	readonly secretKeys?: readonly string[];
	readonly world?: (settings: Settings) => Promise<Problem[]>;
}

/** The smallest whole configuration: one routed service, two databases, blue active. */
export const SMALL = {
	activeColor: "blue",
	images: "registry.example.com/shop-{service}:{version}",
	colors: { blue: { version: "1.0.0" } },
	services: { web: { port: 3000, route: "/" } },
	databases: { main: { type: "postgres" }, cache: { type: "redis" } },
} as const;

/** Loads a configuration as the program does: groups and lists arrive as JSON, everything else as text. */
export async function load(config: Config, situation: Situation = {}): Promise<LoadedSettings> {
	const { deployed = NOTHING_DEPLOYED, secretKeys = [], world = async () => [], stack = "prod" } = situation;
	await pulumi.runtime.setMocks(
		{
			newResource: () => {
				throw new Error("settings make no resources");
			},
			call: () => {
				throw new Error("settings call no provider");
			},
		},
		"shop",
		stack,
	);
	const keys = secretKeys.map((key) => `shop:${key}`);
	const texts = Object.entries(config).map(([key, value]) => [`shop:${key}`, asPulumiHasIt(value)]);
	pulumi.runtime.setAllConfig(Object.fromEntries(texts), keys);
	process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(keys);
	return loadSettings(deployed, world);
}

/** The whole text that a person sees for this configuration. */
export async function problemsText(config: Config, situation: Situation = {}): Promise<string> {
	try {
		await load(config, situation);
	} catch (error) {
		if (pulumi.RunError.isInstance(error)) return error.message;
		throw error;
	}
	throw new Error("no problem was found");
}

function asPulumiHasIt(value: unknown): string {
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}

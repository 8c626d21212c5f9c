/** `npm run release -- <version>`: releases a version on the color that does not serve. */
import { InvalidArgumentError } from "commander";
import { EXIT_HELP, runCommand, stackCommand } from "./lib/command";
import { decideRelease } from "./release/decide";
import { type PerformOptions, perform } from "./release/perform";

interface Options extends PerformOptions {
	service: Record<string, string>;
	revision?: string;
}

runCommand(
	stackCommand(
		"release",
		"Releases a version on the color that does not serve: shows the preview, asks, and runs it.",
	)
		.argument("<version>", "such as 1.5.0")
		.option("--service <name=image>", "an image of its own for a service; may be repeated", image, {})
		.option("--revision <text>", "to release the same version again")
		.option("--yes", "do not ask")
		.option("--json", "print one JSON document at the end, and all else to standard error")
		.addHelpText(
			"after",
			`
The same with plain Pulumi, where blue serves:
  pulumi config set --path colors.green.version <version>
  pulumi config set activeColor green
  pulumi preview
  pulumi up
${EXIT_HELP}`,
		)
		.action((version: string, { service: images, revision, ...options }: Options) =>
			perform("release", options, (seen) =>
				decideRelease({ version, images, ...(revision !== undefined && { revision }) }, seen),
			),
		),
);

function image(text: string, before: Record<string, string>): Record<string, string> {
	const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
	if (name === undefined || value === undefined)
		throw new InvalidArgumentError("It has to be the name of a service and its image: web=shop-web:1.5.0");
	return { ...before, [name]: value };
}

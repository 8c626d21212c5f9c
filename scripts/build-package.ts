/** `npm run build:package`: builds the npm package of the components into a folder, from which it is published. */
import { Command } from "commander";
import { reportError } from "./backup/command";
import { buildPackage } from "./package/build";

const program = new Command()
	.name("npm run build:package --")
	.description("Builds the npm package pulumi-docker-blue-green: compiled components with their types.")
	.option("--out <folder>", "where to; what was there before is removed", "dist/package")
	.action(async ({ out }: { out: string }) => {
		const { name, version } = await buildPackage(out);
		console.log(`Built ${name} ${version} in ${out}.\nNext: npm publish ./${out} --dry-run`);
	});

program.parseAsync().catch(reportError);

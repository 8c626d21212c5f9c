/** `npm run rollback`: all traffic back to the release that served before. */
import { EXIT_HELP, runCommand, stackCommand } from "./lib/command";
import { decideRollback } from "./release/decide";
import { type PerformOptions, perform } from "./release/perform";

runCommand(
	stackCommand(
		"rollback",
		"Gives all traffic back to the release that served before: shows the preview, asks, and runs it.",
	)
		.option("--to <version>", "refuse unless this is the version that is gone back to")
		.option("--yes", "do not ask")
		.option("--json", "print one JSON document at the end, and all else to standard error")
		.addHelpText(
			"after",
			`
The same with plain Pulumi, where green serves:
  pulumi config set activeColor blue
  pulumi preview
  pulumi up
${EXIT_HELP}`,
		)
		.action(({ to, ...options }: PerformOptions & { to?: string }) =>
			perform("rollback", options, (seen) => decideRollback(to, seen)),
		),
);

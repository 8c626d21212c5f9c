/** `npm run promote`: lets the release go on that is paused on its way to all traffic. */
import { releaseName } from "../components/plan/trial";
import { percentText } from "../components/plan/trial-text";
import { runCommand, Unchanged } from "./lib/command";
import { trialCommand } from "./trial/trial";

runCommand(
	trialCommand(
		"promote",
		"Lets a release go on that is paused on its way to all traffic: sets strategy.promoted, then `pulumi up`.",
		({ name, settings }, { serving, trial }, { all }) => {
			if (trial === undefined) {
				const seen =
					serving === "shared" ? "Somebody has shared the traffic by hand" : `${serving} has all traffic`;
				throw new Unchanged(`No release of stack ${name} is on trial: ${seen}. Nothing was changed.`);
			}
			const { version, revision } = settings.colors[trial.to];
			if (settings.activeColor !== trial.to || version === undefined) {
				throw new Unchanged(
					`${trial.to} has ${percentText(trial.percent)} of the traffic, but the settings want ${settings.activeColor}. Nothing was changed.\nNext: pulumi up gives all to ${settings.activeColor}, or first: pulumi config set activeColor ${trial.to}`,
				);
			}
			const release = releaseName({ version, ...(revision !== undefined && { revision }) });
			const share = all ? 100 : trial.percent;
			return {
				sentence: `${trial.to} ${release} has ${percentText(trial.percent)} of the traffic, and goes on ${all ? "past every pause" : "to the next step"}.`,
				commands: [["config", "set", "--path", "strategy.promoted", `${release}@${share}`]],
			};
		},
	).option("--all", "past every pause that is to come"),
);

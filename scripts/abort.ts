/** `npm run abort`: gives up the release that is on its way, and all traffic goes back at once. */
import { percentText } from "../components/plan/trial-text";
import { COLORS, otherColor } from "../components/settings/schema";
import { runCommand, Unchanged } from "./lib/command";
import { trialCommand } from "./trial/trial";

runCommand(
	trialCommand(
		"abort",
		"Gives up a release on its way to all traffic: sets activeColor back, then `pulumi up`, which moves all traffic back at once.",
		({ name, settings }, { serving, trial }) => {
			const back = trial === undefined ? COLORS.find((color) => color === serving) : otherColor(trial.to);
			if (back === undefined || (trial === undefined && settings.activeColor === back)) {
				const seen =
					back === undefined ? "nobody has put it on trial" : `${back} has all traffic, and is to have it`;
				throw new Unchanged(
					`No release of stack ${name} is on its way: ${seen}. Nothing was changed.\nA rollback is: pulumi config set activeColor <color> && pulumi up`,
				);
			}
			const had = trial === undefined ? "nothing" : percentText(trial.percent);
			const passed = settings.strategy.promoted !== undefined;
			return {
				sentence: `${otherColor(back)} is given up, with ${had} of the traffic by now. All goes to ${back}.`,
				commands: [
					["config", "set", "activeColor", back],
					// The next trial of the same version is to stop at its pauses again.
					...(passed ? [["config", "rm", "--path", "strategy.promoted"]] : []),
				],
			};
		},
	),
);

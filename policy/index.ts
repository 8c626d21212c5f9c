import { PolicyPack, type StackValidationPolicy } from "@pulumi/policy";
import { unpinned } from "./rules/image";
import { type ReleaseSeen, releasesOf } from "./rules/release";
import { checksMissing, databaseChangeWithSwitch } from "./rules/switch";
import { DAYS, outsideWindow, type WindowPolicy } from "./rules/window";

const TIME = "^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$";

/** A rule about the release as a whole. It sees the stack after its preview, before `up` begins. */
function onRelease(rule: (release: ReleaseSeen, config: object) => string | undefined) {
	const validateStack: StackValidationPolicy["validateStack"] = ({ resources, getConfig }, report) => {
		for (const release of releasesOf(resources)) {
			const problem = rule(release, getConfig<object>());
			if (problem !== undefined) report(problem);
		}
	};
	return validateStack;
}

new PolicyPack("blue-green", {
	enforcementLevel: "mandatory",
	policies: [
		{
			name: "no-database-change-with-switch",
			description: "Traffic does not move in the run that replaces a database.",
			validateStack: onRelease(databaseChangeWithSwitch),
		},
		{
			name: "smoke-checks",
			description: "A new release gets traffic only where smoke checks ask something of it first.",
			validateStack: onRelease(checksMissing),
		},
		{
			name: "change-window",
			description: "A new release gets traffic within the change windows only; a rollback always.",
			configSchema: {
				properties: {
					windows: {
						type: "array",
						items: {
							type: "object",
							properties: {
								days: { type: "array", items: { type: "string", enum: [...DAYS] }, minItems: 1 },
								from: { type: "string", pattern: TIME },
								to: { type: "string", pattern: TIME },
							},
							required: ["days", "from", "to"],
						},
						default: [],
					},
					timezone: { type: "string", default: "UTC" },
				},
			},
			validateStack: onRelease((release, config) =>
				outsideWindow(release, config as WindowPolicy, new Date()),
			),
		},
		{
			name: "pinned-images",
			description:
				"No image without a tag, none with the tag latest; with digest: true, none without a digest.",
			configSchema: { properties: { digest: { type: "boolean", default: false } } },
			validateResource: ({ type, props, getConfig }, report) => {
				if (type !== "docker:index/remoteImage:RemoteImage" || typeof props.name !== "string") return;
				const problem = unpinned(props.name, getConfig<{ digest?: boolean }>().digest ?? false);
				if (problem !== undefined) report(problem);
			},
		},
	],
});

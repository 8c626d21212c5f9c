/** Variables in which build services say who started a pipeline. */
const PIPELINES = {
	GITHUB_ACTOR: "GitHub Actions",
	GITLAB_USER_LOGIN: "GitLab CI",
	BUILDKITE_BUILD_CREATOR: "Buildkite",
	CIRCLE_USERNAME: "CircleCI",
	BUILD_USER_ID: "Jenkins",
} as const;

/**
 * Who runs this `up`, as far as the machine knows: whoever started the pipeline, else the login. Not whoever wrote the last
 * commit, whom Pulumi's own history names.
 */
export function whoRuns(env: NodeJS.ProcessEnv, login: string, host: string): string {
	for (const [variable, service] of Object.entries(PIPELINES)) {
		const name = env[variable];
		if (name) return `${name} (${service})`;
	}
	const { SUDO_USER: person } = env;
	return person && person !== login ? `${person} as ${login}@${host}` : `${login}@${host}`;
}

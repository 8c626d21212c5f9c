import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;

/** End-to-end tests in which no time is measured and the Engine is not restarted: two of these files run at once. */
const BESIDE = [
	"acme",
	"backup-s3",
	"docs",
	"doctor",
	"example",
	"front-door",
	"images",
	"package",
	"policy",
	"postgres-roles",
	"preview",
	"preview-comment",
	"redis-users",
	"release-commands",
	"remote-host",
	"schema-tools",
	"secrets",
	"settings",
	"ssh-connection",
	"status",
	"two-stacks",
].map((name) => `test/e2e/${name}.test.ts`);

/**
 * One run, several tiers, the quick ones first: a broken planner is said in seconds, not after minutes of real releases.
 * `npx vitest run --project unit` runs one. Tiers that share the machine's one Docker
 * Engine, or that start a Pulumi CLI for every step, run their files one after another, or two at once where that harms nothing.
 */
export default defineConfig({
	test: {
		projects: [
			{
				test: {
					name: "unit",
					include: ["test/unit/**/*.test.ts"],
					testTimeout: 30_000,
					sequence: { groupOrder: 0 },
				},
			},
			{
				test: {
					name: "component",
					include: ["test/component/**/*.test.ts"],
					testTimeout: 30_000,
					sequence: { groupOrder: 0 },
				},
			},
			{
				test: {
					name: "conformance",
					include: ["test/conformance/**/*.test.ts"],
					fileParallelism: false,
					testTimeout: 5 * MINUTE_MS,
					hookTimeout: 5 * MINUTE_MS,
					sequence: { groupOrder: 1 },
				},
			},
			{
				test: {
					name: "e2e-beside",
					include: BESIDE,
					fileParallelism: true,
					maxWorkers: 2,
					testTimeout: 10 * MINUTE_MS,
					hookTimeout: 10 * MINUTE_MS,
					sequence: { groupOrder: 2 },
				},
			},
			{
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					exclude: BESIDE,
					fileParallelism: false,
					testTimeout: 10 * MINUTE_MS,
					hookTimeout: 10 * MINUTE_MS,
					sequence: { groupOrder: 3 },
				},
			},
			// The quick half of the fault suite, a part of `npm test`, and all of it, which is `npm run test:faults`.
			...[
				{ name: "faults-quick", include: ["test/faults/**/*.quick.test.ts"] },
				{ name: "faults", include: ["test/faults/**/*.test.ts"] },
			].map((faults) => ({
				test: {
					...faults,
					fileParallelism: false,
					testTimeout: 10 * MINUTE_MS,
					hookTimeout: 10 * MINUTE_MS,
					sequence: { groupOrder: 4 },
				},
			})),
		],
	},
});

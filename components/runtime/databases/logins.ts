import type { Engine } from "../docker/engine";
import { durationText, messageOf, type Reporter, StepError, sleep } from "../report";
import { PostgresRoles } from "./postgres-roles";
import { RedisUsers } from "./redis-users";
import { type DatabaseLoginsInputs, type DatabaseLoginsOutputs, NotYet, type Store } from "./store";

/** Longest time for all of it: a database that has just been started reads what it has first. */
const DEADLINE_MS = 60_000;
const RETRY_MS = 500;

/**
 * Makes logins and their rights as they are wanted. What is there decides, not what an earlier run did.
 *
 * @param olds What an earlier run has made; users of Redis that are no longer wanted are known from there.
 * @throws StepError with the database's own message.
 */
export async function runDatabaseLogins(
	engine: Engine,
	olds: DatabaseLoginsInputs | undefined,
	news: DatabaseLoginsInputs,
	report: Reporter,
): Promise<DatabaseLoginsOutputs> {
	const store = storeOf(news, olds, engine);
	const start = performance.now();
	for (;;) {
		try {
			const { done, rules } = await store.apply();
			for (const line of done) report.info(line);
			return { ...news, drift: [], ...(rules && { rules }) };
		} catch (error) {
			const sinceMs = performance.now() - start;
			const over = sinceMs + RETRY_MS > DEADLINE_MS;
			if (!(error instanceof NotYet) || over) throw failure(store, error, sinceMs);
			await sleep(RETRY_MS);
		}
	}
}

/** What is otherwise than wanted. @throws Error where the database cannot be asked. */
export function loginsDrift(
	inputs: DatabaseLoginsInputs & Partial<DatabaseLoginsOutputs>,
): Promise<string[]> {
	return storeOf(inputs, inputs).drift();
}

function storeOf(
	inputs: DatabaseLoginsInputs,
	olds: (DatabaseLoginsInputs & Partial<DatabaseLoginsOutputs>) | undefined,
	engine?: Engine,
): Store {
	return inputs.type === "postgres"
		? new PostgresRoles(inputs, engine)
		: new RedisUsers(inputs, olds?.logins ?? [], olds?.rules ?? {}, engine);
}

function failure({ name }: Store, error: unknown, sinceMs: number): StepError {
	const waited = error instanceof NotYet ? ` after ${durationText(sinceMs)} of trying` : "";
	return new StepError(
		`The logins of ${name} could not be made${waited}: ${messageOf(error)}\nNo color was changed, and traffic was not moved.\nNext: mend that, then: pulumi up`,
	);
}

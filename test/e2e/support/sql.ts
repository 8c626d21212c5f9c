import { inContainer } from "./docker";
import type { TestStack } from "./stack";

/** What a statement yields, in PostgreSQL's own container: a line for each row, columns parted by "|". */
export async function sql(shop: TestStack, statement: string): Promise<string[]> {
	const psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "shop", "-d", "shop"];
	const text = await inContainer(shop.container("db-main"), ...psql, "-c", statement);
	return text.split("\n").filter((line) => line !== "");
}

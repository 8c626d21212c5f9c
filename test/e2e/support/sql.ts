import { exec } from "../../../components/runtime/docker/exec";
import { engine } from "./docker";
import type { TestStack } from "./stack";

/** Runs SQL as the owner of the sample shop's database; the answer without frames, columns apart by "|". */
export async function sql(shop: TestStack, text: string): Promise<string> {
	const options = ["--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set=ON_ERROR_STOP=1"];
	const command = ["psql", "--username", "shop", "--dbname", "shop", ...options, "--command", text];
	const { exitCode, stdout, stderr } = await exec(engine, shop.container("db-main"), command, {}, 60_000);
	if (exitCode !== 0) throw new Error(`${text}: ${stderr}`);
	return stdout.trim();
}

/** As `sql`: a line for each row. */
export async function sqlRows(shop: TestStack, text: string): Promise<string[]> {
	return (await sql(shop, text)).split("\n").filter((line) => line !== "");
}

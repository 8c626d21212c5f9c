import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "./plan/names";

/** Docker labels that say which stack a thing belongs to and what it is there for. */
export function labels(
	of: Partial<Record<Exclude<keyof typeof LABEL, "stack">, string>>,
): { label: string; value: string }[] {
	const all = { ...of, stack: `${pulumi.getProject()}/${pulumi.getStack()}` };
	return Object.entries(all)
		.map(([key, value]) => ({ label: LABEL[key as keyof typeof LABEL], value }))
		.sort((a, b) => a.label.localeCompare(b.label));
}

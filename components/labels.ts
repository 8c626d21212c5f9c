import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "./plan/names";

/** The value of the label that names the stack. */
export function stackLabel(): string {
	return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

/** Docker labels that say which stack a thing belongs to and what it is there for. */
export function labels(
	of: Partial<Record<Exclude<keyof typeof LABEL, "stack">, string>>,
): { label: string; value: string }[] {
	const all = { ...of, stack: stackLabel() };
	return Object.entries(all)
		.map(([key, value]) => ({ label: LABEL[key as keyof typeof LABEL], value }))
		.sort((a, b) => a.label.localeCompare(b.label));
}

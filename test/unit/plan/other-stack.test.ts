import { expect, test } from "vitest";
import { LABEL, stackPrefix } from "../../../components/plan/names";
import { otherStack } from "../../../components/plan/other-stack";

const PREFIX = stackPrefix("shop-a", "b");
const of = (name: string, stack?: string) => ({
	name,
	labels: stack === undefined ? {} : { [LABEL.stack]: stack },
});

test("two stacks of which one would be named as the other: refused, with both names and the way out", () => {
	expect(stackPrefix("shop", "a-b")).toBe(PREFIX);
	expect(otherStack(PREFIX, "shop-a/b", [of("shop-a-b-proxy", "shop/a-b")])).toBe(
		"The stack shop-a/b would name its containers, networks and volumes shop-a-b-…, as the stack shop/a-b on this Docker host does (shop-a-b-proxy). Nothing was touched.\nNext: pulumi stack rename <another name>, then: pulumi up",
	);
});

test("what is left of a stack that was destroyed counts: its data lies beside it", () => {
	expect(otherStack(PREFIX, "shop-a/b", [of("shop-a-b-backups", "shop/a-b")])).toContain(
		"(shop-a-b-backups)",
	);
});

test.for([
	["its own", of("shop-a-b-proxy", "shop-a/b")],
	["another stack's that only begins with the same letters", of("shop-a-b-c-proxy", "shop/a-b-c")],
	["one that no stack made: Docker says so itself", of("shop-a-b-proxy")],
] as const)("%s is no reason", ([, thing]) => {
	expect(otherStack(PREFIX, "shop-a/b", [thing])).toBeUndefined();
});

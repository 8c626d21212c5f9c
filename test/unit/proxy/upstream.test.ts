import { expect, test } from "vitest";
import { containerOf, streamAddress } from "../../../components/proxy/upstream";

test("a replica's address for streams is the same DNS name with a dot at its end", () => {
	expect(streamAddress("shop-blue-web-1:3000")).toBe("shop-blue-web-1.:3000");
});

test("an upstream names its container", () => {
	expect(containerOf("shop-blue-web-1:3000")).toBe("shop-blue-web-1");
});

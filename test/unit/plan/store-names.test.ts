import fc from "fast-check";
import { expect, test } from "vitest";
import { storeNames } from "../../../components/plan/store-names";

const NONE = { services: {} };

test("the names of a release begin with the stack's, and say version and revision", () => {
	expect(storeNames("shop-prod", { version: "2.0.0", ...NONE })).toEqual({
		CACHE_PREFIX: "shop-prod:2.0.0:cache:",
		QUEUE_PREFIX: "shop-prod:2.0.0:queue:",
		DEAD_LETTER_QUEUE: "shop-prod:2.0.0:dead-letters",
	});
	expect(storeNames("shop-prod", { version: "2.0.0", revision: "3", ...NONE }).CACHE_PREFIX).toBe(
		"shop-prod:2.0.0+3:cache:",
	);
});

test("different releases have different names", () => {
	const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/);
	const release = fc.record({ version: word, revision: fc.option(word, { nil: undefined }) });
	fc.assert(
		fc.property(release, release, (a, b) => {
			const names = ({ version, revision }: typeof a) =>
				storeNames("p", { version, ...(revision !== undefined && { revision }), ...NONE });
			const same = a.version === b.version && a.revision === b.revision;
			expect(names(a).QUEUE_PREFIX === names(b).QUEUE_PREFIX).toBe(same);
		}),
	);
});

import { expect, test } from "vitest";
import { outageText } from "../../../components/plan/outage-text";

const CHANGE = { name: "main", kind: "updated", why: "image 17.4 → 17.5" } as const;

test.for([
	[
		undefined,
		30_000,
		"database main: image 17.4 → 17.5. It restarts, and is away for 1 to 2 s, as it took small databases; this one has not been measured yet. Requests wait at the proxy meanwhile, at most 30.0 s.",
	],
	[
		3_140,
		30_000,
		"database main: image 17.4 → 17.5. It restarts, and is away for about 3.1 s, as at its last update here. Requests wait at the proxy meanwhile, at most 30.0 s.",
	],
	[
		812,
		0,
		"database main: image 17.4 → 17.5. It restarts, and is away for about 812 ms, as at its last update here. Requests do not wait (proxy.holdFor is 0): they fail as the application fails without it.",
	],
	[
		812,
		undefined,
		"database main: image 17.4 → 17.5. It restarts, and is away for about 812 ms, as at its last update here. Nothing serves that could miss it.",
	],
] as const)("measured %s ms, held %s ms", ([measuredMs, holdForMs, text]) => {
	expect(outageText(CHANGE, measuredMs, holdForMs)).toBe(text);
});

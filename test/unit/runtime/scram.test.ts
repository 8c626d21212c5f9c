import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsVerifier, scramVerifier } from "../../../components/runtime/databases/scram";

test("a verifier proves the exchange that RFC 7677 gives as its example", () => {
	const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
	const [, storedKey = "", serverKey = ""] =
		/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$(.+):(.+)$/.exec(verifier) ?? [];
	const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
	const said = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
	const signed = (key: Buffer) => createHmac("sha256", key).update(said).digest();
	expect(signed(Buffer.from(serverKey, "base64")).toString("base64")).toBe(
		"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
	);
	// The client's proof, taken from its key by what the server can compute, has to give the key back.
	const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
	const signature = signed(Buffer.from(storedKey, "base64"));
	const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
	expect(createHash("sha256").update(clientKey).digest("base64")).toBe(storedKey);
});

const password = fc.stringMatching(/^[A-Za-z0-9]{1,40}$/);

test("a verifier fits its password and no other, whatever its salt, and holds neither", () => {
	fc.assert(
		fc.property(password, password, (one, other) => {
			const verifier = scramVerifier(one);
			expect(fitsVerifier(one, verifier)).toBe(true);
			expect(fitsVerifier(other, verifier)).toBe(one === other);
			expect(verifier).not.toBe(scramVerifier(one));
		}),
		{ numRuns: 20 },
	);
});

test.for([null, "", "md5a3556571e93b0d20722ba62be61e8c2d", "plain", "SCRAM-SHA-256$x:y$z"])(
	"%j fits nothing",
	(stored) => {
		expect(fitsVerifier("plain", stored)).toBe(false);
	},
);

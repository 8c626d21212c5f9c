import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/** What PostgreSQL itself uses; see `scram_iterations`. */
const ITERATIONS = 4_096;
const SALT_BYTES = 16;

/**
 * What PostgreSQL stores instead of a password, in the form of RFC 5803: sent in its place, so that the password itself is
 * in no statement, and so in no log and in no list of what runs. It proves a password, and is none.
 *
 * @param password Of ASCII characters: others would have to be normalized first (SASLprep).
 */
export function scramVerifier(password: string, salt = randomBytes(SALT_BYTES)): string {
	return verifierWith(password, salt, ITERATIONS);
}

/** Whether a stored verifier is that of `password`; false for a password that is stored in another way, or for none. */
export function fitsVerifier(password: string, stored: string | null): boolean {
	const [, iterations, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(stored ?? "") ?? [];
	if (stored === null || iterations === undefined || salt === undefined) return false;
	const wanted = Buffer.from(verifierWith(password, Buffer.from(salt, "base64"), Number(iterations)));
	const given = Buffer.from(stored);
	return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function verifierWith(password: string, salt: Buffer, iterations: number): string {
	const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
	const key = (purpose: string) => createHmac("sha256", salted).update(purpose).digest();
	const storedKey = createHash("sha256").update(key("Client Key")).digest("base64");
	const serverKey = key("Server Key").toString("base64");
	return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

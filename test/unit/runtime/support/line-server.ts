import { Duplex } from "node:stream";

/** A program that answers each line with a line, or with nothing. */
export function lineServer(answer: (line: string) => string | undefined): Duplex {
	let unfinished = "";
	return new Duplex({
		read() {},
		write(chunk: Buffer, _encoding, done) {
			const lines = (unfinished + chunk.toString()).split("\n");
			unfinished = lines.pop() ?? "";
			for (const line of lines) {
				const text = answer(line);
				if (text !== undefined) this.push(`${text}\n`);
			}
			done();
		},
	});
}

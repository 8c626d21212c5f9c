/**
 * What processes without a terminal print comes from Docker in frames, in the order in which it was printed: 1 byte stream,
 * 3 bytes zero, 4 bytes length, then text.
 */
export function framesOf(raw: Buffer): { stream: "stdout" | "stderr"; text: string }[] {
	const frames: { stream: "stdout" | "stderr"; content: Buffer }[] = [];
	for (let at = 0; at + 8 <= raw.length; ) {
		const length = raw.readUInt32BE(at + 4);
		const stream = raw.readUInt8(at) === 2 ? "stderr" : "stdout";
		const content = raw.subarray(at + 8, at + 8 + length);
		const last = frames.at(-1);
		// A character may be cut in two at the end of a frame.
		if (last?.stream === stream) last.content = Buffer.concat([last.content, content]);
		else frames.push({ stream, content });
		at += 8 + length;
	}
	return frames.map(({ stream, content }) => ({ stream, text: content.toString("utf8") }));
}

/** The same, of a stream that goes on: each frame as soon as it is whole. */
export class FrameReader {
	private rest: Buffer = Buffer.alloc(0);

	/** @returns the contents of the frames that end in this chunk. */
	push(chunk: Buffer): Buffer[] {
		const raw = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
		const contents: Buffer[] = [];
		let at = 0;
		while (at + 8 <= raw.length) {
			const end = at + 8 + raw.readUInt32BE(at + 4);
			if (end > raw.length) break;
			contents.push(raw.subarray(at + 8, end));
			at = end;
		}
		this.rest = raw.subarray(at);
		return contents;
	}
}

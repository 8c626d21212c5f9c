import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "./environment";

/** The file with a stack's settings, as it was before a command changed it. */
export class StackConfig {
	private readonly before: Buffer;
	private written: Buffer;

	private constructor(private readonly file: string) {
		this.before = readFileSync(file);
		this.written = this.before;
	}

	/** @param stack Its name; an organization before it is not in the file's. */
	static of(stack: string, folder: string = projectFolder): StackConfig {
		return new StackConfig(path.join(folder, `Pulumi.${stack.split("/").at(-1)}.yaml`));
	}

	/** What the file holds now is this command's own. */
	changed(): void {
		this.written = readFileSync(this.file);
	}

	/** Puts it back, byte for byte. @returns false where somebody else has changed it meanwhile: then it stays. */
	putBack(): boolean {
		if (!readFileSync(this.file).equals(this.written)) return false;
		writeFileSync(this.file, this.before);
		return true;
	}
}

import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

const MEBIBYTE = 1024 * 1024;
const SIZE = 2 * MEBIBYTE;
const FILLER = "filler";

/** A small file system of its own at a folder that is there already, with what was in it; for root on Linux. */
export class SmallDisk {
	private constructor(
		private readonly folder: string,
		private readonly home: string,
	) {}

	/** Nothing may use the folder at this moment: who has it open would go on seeing the old one. */
	static async mountAt(folder: string): Promise<SmallDisk> {
		const home = mkdtempSync(path.join(tmpdir(), "small-disk-"));
		const image = path.join(home, "image");
		const before = path.join(home, "before");
		cpSync(folder, before, { recursive: true });
		writeFileSync(image, Buffer.alloc(SIZE));
		await execa("mkfs.ext2", ["-q", "-m", "0", image], { timeout: 30_000 });
		await execa("mount", ["-o", "loop", image, folder], { timeout: 30_000 });
		for (const name of readdirSync(before)) {
			cpSync(path.join(before, name), path.join(folder, name), { recursive: true });
		}
		return new SmallDisk(folder, home);
	}

	/** Writes until there is no byte left. */
	fill(): void {
		const file = path.join(this.folder, FILLER);
		for (let size = 64 * 1024; size >= 512; size /= 2) {
			try {
				for (;;) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
			}
		}
	}

	empty(): void {
		rmSync(path.join(this.folder, FILLER));
	}

	async unmount(): Promise<void> {
		await execa("umount", [this.folder], { timeout: 30_000 });
		rmSync(this.home, { recursive: true });
	}
}

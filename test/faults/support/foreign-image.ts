import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";

/** Names of another architecture than this machine's: Docker's, and ELF's number for it. */
const OTHER = process.arch === "arm64" ? { docker: "amd64", elf: 62 } : { docker: "arm64", elf: 183 };

export const OTHER_ARCHITECTURE = OTHER.docker;

/** Makes an image for another kind of processor: it says so, and its only program is one that this kernel cannot start. */
export async function makeForeignImage(tag: string): Promise<void> {
	const folder = await mkdtemp(path.join(tmpdir(), "foreign-image-"));
	const inFolder = { cwd: folder, timeout: 60_000 };
	try {
		await writeFile(path.join(folder, "service"), foreignProgram(), { mode: 0o755 });
		await execa("tar", ["-cf", "layer.tar", "service"], inFolder);
		const layer = createHash("sha256").update(await readFile(path.join(folder, "layer.tar")));
		const config = {
			architecture: OTHER.docker,
			os: "linux",
			config: { Cmd: ["/service"] },
			rootfs: { type: "layers", diff_ids: [`sha256:${layer.digest("hex")}`] },
		};
		const manifest = [{ Config: "config.json", RepoTags: [tag], Layers: ["layer.tar"] }];
		await writeFile(path.join(folder, "config.json"), JSON.stringify(config));
		await writeFile(path.join(folder, "manifest.json"), JSON.stringify(manifest));
		await execa("tar", ["-cf", "image.tar", "manifest.json", "config.json", "layer.tar"], inFolder);
		await execa("docker", ["load", "--input", "image.tar"], inFolder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const ADDRESS = 0x400000n;

/** The headers of a static ELF executable with one segment: all that a kernel reads before it refuses. */
function foreignProgram(): Buffer {
	const program = Buffer.alloc(HEADER_BYTES + SEGMENT_BYTES);
	const size = BigInt(program.length);
	program.write("\x7fELF\x02\x01\x01", 0, "latin1");
	program.writeUInt16LE(2, 16);
	program.writeUInt16LE(OTHER.elf, 18);
	program.writeUInt32LE(1, 20);
	program.writeBigUInt64LE(ADDRESS + size, 24);
	program.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
	program.writeUInt16LE(HEADER_BYTES, 52);
	program.writeUInt16LE(SEGMENT_BYTES, 54);
	program.writeUInt16LE(1, 56);
	program.writeUInt32LE(1, HEADER_BYTES);
	program.writeUInt32LE(5, HEADER_BYTES + 4);
	program.writeBigUInt64LE(ADDRESS, HEADER_BYTES + 16);
	program.writeBigUInt64LE(size, HEADER_BYTES + 32);
	program.writeBigUInt64LE(size, HEADER_BYTES + 40);
	return program;
}

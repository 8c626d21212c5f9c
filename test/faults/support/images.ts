import { writeFile } from "node:fs/promises";
import path from "node:path";
import { buildImage } from "../../../scripts/images/docker";
import { withContext } from "../../../scripts/images/recipes";
import { type ShopService, shopImage, shopServices } from "../../../scripts/images/versions";
import { engine } from "../../e2e/support/docker";

/** Gives an image of the shop another tag, as a mistaken push does. */
export async function tagShop(service: ShopService, version: string, as: string): Promise<void> {
	const [repo = "", tag = ""] = shopImage(service, as).split(":");
	await engine.api.getImage(shopImage(service, version)).tag({ repo, tag });
}

/** Builds, under a tag of the shop, an image for a processor that this machine has not. */
export async function buildForeignShop(service: ShopService, version: string): Promise<void> {
	const foreign = process.arch === "arm64" ? "amd64" : "arm64";
	await withContext(async (context) => {
		await writeFile(path.join(context, "service"), program(foreign), { mode: 0o755 });
		await writeFile(
			path.join(context, "Dockerfile"),
			["FROM scratch", "COPY service /service", 'CMD ["/service"]'].join("\n"),
		);
		const tag = shopImage(service, version);
		await buildImage({ tag, context, buildArgs: {}, inputs: foreign, platform: `linux/${foreign}` });
	});
}

/** Removes the tags of a version that a test made. */
export async function untagShop(version: string): Promise<void> {
	for (const service of shopServices) {
		await engine.api
			.getImage(shopImage(service, version))
			.remove({ force: true })
			.catch((error: { statusCode?: number }) => {
				if (error.statusCode !== 404) throw error;
			});
	}
}

/** As much of a program (ELF, 64 bits, one segment without code) as the kernel reads to see that it is not its own. */
function program(architecture: "arm64" | "amd64"): Buffer {
	const header = Buffer.alloc(0x78);
	header.write("\x7fELF\x02\x01\x01", "latin1");
	header.writeUInt16LE(2, 16); // executable
	header.writeUInt16LE(architecture === "arm64" ? 183 : 62, 18);
	header.writeUInt32LE(1, 20); // version
	header.writeBigUInt64LE(0x40_0078n, 24); // entry
	header.writeBigUInt64LE(64n, 32); // where the segments are described
	header.writeUInt16LE(64, 52); // size of this header
	header.writeUInt16LE(56, 54); // size of one segment's description
	header.writeUInt16LE(1, 56); // segments
	header.writeUInt32LE(1, 64); // loaded
	header.writeUInt32LE(5, 68); // readable, executable
	header.writeBigUInt64LE(0x40_0000n, 80);
	header.writeBigUInt64LE(0x40_0000n, 88);
	header.writeBigUInt64LE(0x78n, 96);
	header.writeBigUInt64LE(0x78n, 104);
	header.writeBigUInt64LE(0x1000n, 112);
	return header;
}

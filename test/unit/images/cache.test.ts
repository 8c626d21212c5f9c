import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { cachedFile, hashFolder, hashOf } from "../../../scripts/images/cache";
import { environment, temporaryFolder } from "./temporary";

const folder = temporaryFolder();
environment(() => ({ XDG_CACHE_HOME: folder() }));

describe("cachedFile", () => {
	const write = (text: string) => (file: string) => writeFile(file, text);

	it("makes a file once", async () => {
		const file = await cachedFile("thing", write("first"));
		expect(await cachedFile("thing", write("second"))).toBe(file);
		expect(readFileSync(file, "utf8")).toBe("first");
		expect(file).toBe(path.join(folder(), "pulumi-docker-blue-green", "thing"));
	});

	it("replaces it on demand", async () => {
		await cachedFile("thing", write("first"));
		expect(readFileSync(await cachedFile("thing", write("second"), true), "utf8")).toBe("second");
	});

	it("leaves nothing behind when making it fails half-way, and keeps what was there", async () => {
		const half = async (file: string) => {
			await writeFile(file, "half");
			throw new Error("out of luck");
		};
		await expect(cachedFile("new", half)).rejects.toThrow("out of luck");
		await cachedFile("old", write("whole"));
		await expect(cachedFile("old", half, true)).rejects.toThrow("out of luck");
		const cache = path.join(folder(), "pulumi-docker-blue-green");
		expect(readdirSync(cache)).toEqual(["old"]);
		expect(readFileSync(path.join(cache, "old"), "utf8")).toBe("whole");
	});
});

describe("hashOf", () => {
	it("sees where one part ends and the next begins", () => {
		expect(hashOf(["ab", "c"])).not.toBe(hashOf(["a", "bc"]));
		expect(hashOf(["ab", "c"])).toBe(hashOf(["ab", Buffer.from("c")]));
	});
});

describe("hashFolder", () => {
	it("changes with contents, names and places, and with nothing else", async () => {
		const at = (name: string) => path.join(folder(), "source", name);
		mkdirSync(at("deep"), { recursive: true });
		writeFileSync(at("b"), "2");
		writeFileSync(at("a"), "1");
		writeFileSync(at("deep/c"), "3");
		const seen = [await hashFolder(at("."))];
		expect(await hashFolder(at("."))).toBe(seen[0]);
		const changes = [
			() => writeFileSync(at("deep/c"), "4"),
			() => renameSync(at("a"), at("A")),
			() => renameSync(at("deep/c"), at("c")),
		];
		for (const change of changes) {
			change();
			seen.push(await hashFolder(at(".")));
		}
		expect(new Set(seen).size).toBe(4);
	});
});

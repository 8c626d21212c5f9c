import { describe, expect, test } from "vitest";
import { byTime, LogReader } from "../../../../components/runtime/logs/lines";
import { LogPrinter } from "../../../../scripts/logs/render";

const TIME = "2026-11-21T12:00:00.123456789Z";

function frame(text: string, stream: 1 | 2 = 1): Buffer {
	const content = Buffer.from(text);
	const head = Buffer.alloc(8);
	head.writeUInt8(stream);
	head.writeUInt32BE(content.length, 4);
	return Buffer.concat([head, content]);
}

describe("the log of a container", () => {
	test("is taken apart into lines with their times, of both streams", () => {
		const raw = Buffer.concat([frame(`${TIME} one\n`), frame(`${TIME} \n`, 2), frame(`${TIME} zwölf\r\n`)]);
		expect(new LogReader("a").push(raw)).toEqual([
			{ container: "a", time: TIME, text: "one" },
			{ container: "a", time: TIME, text: "" },
			{ container: "a", time: TIME, text: "zwölf" },
		]);
	});

	test("is the same wherever the stream is cut", () => {
		const raw = Buffer.concat([frame(`${TIME} zwölf\n`), frame(`${TIME} two\n`)]);
		const whole = new LogReader("a").push(raw);
		for (let cut = 0; cut <= raw.length; cut++) {
			const reader = new LogReader("a");
			expect([...reader.push(raw.subarray(0, cut)), ...reader.push(raw.subarray(cut))]).toEqual(whole);
		}
	});

	test("has a long line as one, though Docker sends it in parts, each with a time", () => {
		const reader = new LogReader("a");
		const later = TIME.replace("12:00:00", "12:00:01");
		expect(reader.push(frame(`${TIME} long `))).toEqual([]);
		expect(reader.push(frame(`${later} line\n`))).toEqual([
			{ container: "a", time: TIME, text: "long line" },
		]);
	});

	test("ends with what was printed last, though no end of line has followed", () => {
		const reader = new LogReader("a");
		reader.push(frame(`${TIME} and then`));
		expect(reader.end()).toEqual([{ container: "a", time: TIME, text: "and then" }]);
		expect(reader.end()).toEqual([]);
	});
});

describe("lines of several containers", () => {
	const lines = ["2", "1", "2", "3"].map((second, index) => ({
		container: `shop-prod-green-web-${index % 2 === 0 ? "1" : "10"}`,
		time: TIME.replace("12:00:00", `12:00:0${second}`),
		text: `text ${index}`,
	}));

	test("are in the order of time, and of one time in the order in which they came", () => {
		expect(byTime(lines).map(({ text }) => text)).toEqual(["text 1", "text 0", "text 2", "text 3"]);
	});

	test("have the name of their replica in front, all of one width", () => {
		const printer = new LogPrinter("shop-prod", false);
		printer.expect(lines.map(({ container }) => container));
		expect(printer.print(byTime(lines))).toBe(
			[
				"green-web-10 | text 1",
				"green-web-1  | text 0",
				"green-web-1  | text 2",
				"green-web-10 | text 3",
				"",
			].join("\n"),
		);
	});

	test("have a color for each replica, which the text does not have", () => {
		const printer = new LogPrinter("shop-prod", true);
		const text = printer.print(lines);
		expect(text).toContain("\u001b[36mgreen-web-1 |\u001b[39m text 0\n");
		expect(text).toContain("\u001b[33mgreen-web-10 |\u001b[39m text 1\n");
	});
});

import type { RequestListener } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type HttpRequest, http } from "../../../components/runtime/http";
import { type LocalServer, serve } from "./support/server";

let server: LocalServer | undefined;
afterEach(async () => {
	vi.useRealTimers();
	await server?.close();
	server = undefined;
});

async function ask(listener: RequestListener, request: Partial<HttpRequest> = {}) {
	server = await serve(listener);
	return http({ host: "127.0.0.1", port: server.port, path: "/", timeoutMs: 2_000, ...request });
}

describe("one HTTP exchange", () => {
	test("gives status, headers and body", async () => {
		const answer = await ask((_, response) =>
			response.writeHead(503, { "X-Color": "blue" }).end("not yet ☺"),
		);
		expect(answer).toMatchObject({ status: 503, body: "not yet ☺", headers: { "x-color": "blue" } });
	});

	test("sends method, headers and body as they are", async () => {
		const answer = await ask(
			(request, response) => {
				let body = "";
				request.on("data", (chunk) => (body += chunk));
				request.on("end", () =>
					response.end(`${request.method} ${request.url} ${request.headers.host} ${body}`),
				);
			},
			{ method: "POST", path: "/load?x", headers: { Host: "shop.example.com" }, body: "text" },
		);
		expect(answer.body).toBe("POST /load?x shop.example.com text");
	});

	test("follows no redirect", async () => {
		const answer = await ask((_, response) => response.writeHead(302, { Location: "/elsewhere" }).end());
		expect(answer.status).toBe(302);
	});

	test("is not repeated when the connection breaks", async () => {
		let requests = 0;
		const asked = ask((request) => {
			requests++;
			request.socket.destroy();
		});
		await expect(asked).rejects.toThrow("socket hang up");
		expect(requests).toBe(1);
	});

	test("ends when nobody answers in time", async () => {
		const asked = ask(() => {}, { timeoutMs: 100 });
		await expect(asked).rejects.toThrow("no answer within 100 ms");
	});

	test("ends when the answer does not end in time", async () => {
		const asked = ask((_, response) => void response.write("a part"), { timeoutMs: 100 });
		await expect(asked).rejects.toThrow("no answer within 100 ms");
	});

	test("fails when the answer breaks off", async () => {
		const asked = ask((_, response) => {
			response.writeHead(200, { "Content-Length": "100" }).write("a part");
			setTimeout(() => response.destroy(), 20);
		});
		await expect(asked).rejects.toThrow("aborted");
	});

	test("leaves no timer behind when the answer breaks off: the process must not wait for it", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const asked = ask((_, response) => {
			response.writeHead(200, { "Content-Length": "100" }).write("a part", () => response.destroy());
		});
		await expect(asked).rejects.toThrow("aborted");
		expect(vi.getTimerCount()).toBe(0);
	});

	test("cuts a body that nobody would read", async () => {
		const answer = await ask((_, response) => response.end("x".repeat(3_000_000)));
		expect(answer.body.length).toBeLessThan(1_200_000);
		expect(answer.body.length).toBeGreaterThanOrEqual(1_000_000);
	});

	test("fails at once where nothing listens", async () => {
		const { port, close } = await serve(() => {});
		await close();
		const asked = http({ host: "127.0.0.1", port, path: "/", timeoutMs: 2_000 });
		await expect(asked).rejects.toThrow("ECONNREFUSED");
	});
});

import { json } from "node:stream/consumers";
import { type LocalServer, serve } from "../../runtime/support/server";

interface Comment {
	id: number;
	body: string;
	html_url: string;
}

/** The calls of GitHub's API for comments on pull request 7 of shop/web, as its documentation has them. */
export class FakeGithub {
	readonly comments: Comment[] = [];
	/** "GET /repos/shop/web/issues/7/comments?per_page=100", in order. */
	readonly calls: string[] = [];
	/** Answers that come before the right ones: a status and GitHub's words, or "hang up". */
	readonly faults: ({ status: number; message: string; headers?: Record<string, string> } | "hang up")[] = [];
	token = "good-token";
	private server: LocalServer | undefined;

	static async start(): Promise<FakeGithub> {
		const github = new FakeGithub();
		github.server = await serve((request, response) => {
			void github.answer(request, response);
		});
		return github;
	}

	get url(): string {
		return this.server?.url ?? "";
	}

	close(): Promise<void> | undefined {
		return this.server?.close();
	}

	/** Comments of people, before and after which ours may stand. */
	discuss(count: number): void {
		for (let index = 0; index < count; index++) this.add(`What about line ${index}?`);
	}

	add(body: string): Comment {
		const id = 1_000 + this.comments.length;
		const comment = { id, body, html_url: `https://github.com/shop/web/pull/7#issuecomment-${id}` };
		this.comments.push(comment);
		return comment;
	}

	private async answer(...[request, response]: Parameters<Parameters<typeof serve>[0]>): Promise<void> {
		this.calls.push(`${request.method} ${request.url}`);
		const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
			response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
			response.end(status === 204 ? undefined : JSON.stringify(body));
		};
		const fault = this.faults.shift();
		if (fault === "hang up") return void request.socket.destroy();
		if (fault !== undefined) return send(fault.status, { message: fault.message }, fault.headers);
		if (request.headers.authorization !== `token ${this.token}`)
			return send(401, { message: "Bad credentials" });
		const url = new URL(request.url ?? "", this.url);
		const [, id] = /^\/repos\/shop\/web\/issues\/comments\/(\d+)$/.exec(url.pathname) ?? [];
		const at = this.comments.findIndex((comment) => comment.id === Number(id));
		const known = this.comments[at];
		if (known !== undefined && request.method === "PATCH") {
			known.body = ((await json(request)) as { body: string }).body;
			return send(200, known);
		}
		if (known !== undefined && request.method === "DELETE") {
			this.comments.splice(at, 1);
			return send(204, undefined);
		}
		if (url.pathname !== "/repos/shop/web/issues/7/comments") return send(404, { message: "Not Found" });
		if (request.method === "POST") {
			const { body } = (await json(request)) as { body: string };
			if (body.length > 65_536)
				return send(422, { message: "Body is too long (maximum is 65536 characters)" });
			return send(201, this.add(body));
		}
		const size = Number(url.searchParams.get("per_page") ?? 30);
		const page = Number(url.searchParams.get("page") ?? 1);
		const more = page * size < this.comments.length;
		const next = `<${this.url}${url.pathname}?per_page=${size}&page=${page + 1}>; rel="next"`;
		send(200, this.comments.slice((page - 1) * size, page * size), more ? { Link: next } : {});
	}
}

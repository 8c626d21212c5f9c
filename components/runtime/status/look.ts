import { LABEL, MIGRATION_ROLE, proxyName } from "../../plan/names";
import { CADDYFILE, HISTORY_FILE, RELEASES_FILE, SWITCH_FILE } from "../../proxy/paths";
import { CaddyAdmin } from "../caddy/admin";
import type { Engine } from "../docker/engine";
import { exec } from "../docker/exec";
import { peekContainers, peekFile, peekNetworks } from "../docker/peek";
import { inFlightAmong } from "../in-flight";
import { queryValue } from "../migrations/psql";
import type { DatabaseAccess } from "../migrations/types";
import { recordIn } from "../observe";
import { ReadinessProbe } from "../readiness";
import { excerpt, messageOf } from "../report";
import type { Target } from "../steps";
import { parseEntries } from "../switch-history/entry";
import type { HostStatus, SeenContainer, SeenProxy } from "./types";

/** Longest time for one question to Caddy or to a database. */
const QUESTION_MS = 5_000;
/** Characters of what a replica has answered. */
const LONGEST_ANSWER = 200;

export interface LookedAt {
	/** Value of the label `blue-green.stack`: "shop/prod". */
	readonly stack: string;
	/** Names of its containers begin with it: "shop-prod". */
	readonly prefix: string;
	/** How the schema's version is read; unset: it is not. */
	readonly schema?: { readonly access: DatabaseAccess; readonly query: string };
}

/**
 * Looks at a stack on its Docker host, as often as it is asked to; changes nothing. Keeps its connections into the
 * proxy's container from one look to the next.
 */
export class StatusLook {
	private readonly proxy: string;
	private readonly admin: CaddyAdmin;
	private clockOffsetMs: number | undefined;
	private probe: ReadinessProbe | undefined;
	private probed = "";
	private readonly imageNames = new Map<string, Promise<string>>();
	private readonly caddyVersions = new Map<string, string>();

	constructor(
		private readonly engine: Engine,
		private readonly what: LookedAt,
	) {
		this.proxy = proxyName(what.prefix);
		this.admin = new CaddyAdmin(engine, this.proxy, QUESTION_MS);
	}

	/**
	 * @param targets Replicas, with how they show that they are ready; others are not asked.
	 * @throws Error where Docker does not answer; what else cannot be asked is left out, or said.
	 */
	async look(targets: readonly Target[] = []): Promise<HostStatus> {
		const { stack } = this.what;
		this.clockOffsetMs ??= await this.engine.clockOffsetMs();
		const [listed, networks] = await Promise.all([peekContainers(stack), peekNetworks(stack)]);
		const own = listed.filter(({ labels }) => labels[LABEL.role] !== MIGRATION_ROLE);
		const inspected = (await Promise.all(own.map((one) => this.inspected(one)))).flat();
		const file = (path: string) => peekFile(this.proxy, path).catch(() => undefined);
		const [switchValue, caddyfile, releases, history] = await Promise.all(
			[SWITCH_FILE, CADDYFILE, RELEASES_FILE, HISTORY_FILE].map(file),
		);
		const runs = inspected.find(({ name, status }) => name === this.proxy && status === "running");
		const [containers, proxy, schema] = await Promise.all([
			// They are asked from the proxy's container.
			runs ? this.askReplicas(inspected, targets) : inspected,
			runs && this.askProxy(runs, caddyfile),
			this.askSchema(),
		]);
		return {
			atMs: Date.now() + this.clockOffsetMs,
			containers,
			networks,
			...(proxy && { proxy }),
			...(switchValue !== undefined && { switchValue }),
			...(caddyfile !== undefined && { caddyfile }),
			...recordIn(releases),
			...schema,
			switches: parseEntries(history),
		};
	}

	/** Ends the kept connections. */
	close(): void {
		this.admin.close();
		this.probe?.close();
	}

	private async askReplicas(
		containers: readonly SeenContainer[],
		targets: readonly Target[],
	): Promise<SeenContainer[]> {
		const probe = this.probeOf(containers);
		return Promise.all(
			containers.map(async (one) => {
				const target = targets.find(({ container }) => container === one.name);
				if (target === undefined || one.status !== "running") return one;
				const { version, ...rest } = target.readiness;
				// Of another release than that one the version is not known.
				const readiness = one.id === target.id && version !== undefined ? { ...rest, version } : rest;
				const { state, seen } = await probe.look({ ...target, readiness });
				const [line = ""] = seen.split("\n");
				return { ...one, readiness: { ready: state === "pass", seen: excerpt(line, LONGEST_ANSWER) } };
			}),
		);
	}

	/** The probe takes a restart between two looks for a reason to give up, so it lasts for one set of processes. */
	private probeOf(containers: readonly SeenContainer[]): ReadinessProbe {
		const processes = containers.map(({ id, startedAtMs }) => `${id} ${startedAtMs}`).join("\n");
		if (this.probe === undefined || this.probed !== processes) {
			this.probe?.close();
			this.probe = new ReadinessProbe(this.engine, this.proxy, QUESTION_MS);
			this.probed = processes;
		}
		return this.probe;
	}

	/** Empty where it has gone meanwhile. */
	private async inspected(
		listed: Awaited<ReturnType<typeof peekContainers>>[number],
	): Promise<SeenContainer[]> {
		const seen = await this.engine.inspect(listed.id);
		if (seen === undefined) return [];
		const { status, health, restarts, exitCode, outOfMemory, startedAt, image } = seen;
		const check = health === undefined || health === "none" ? {} : { health };
		const named = await this.nameOf(image);
		const times = { restarts, startedAtMs: startedAt };
		return [{ ...listed, status, ...check, ...times, exitCode, outOfMemory, image: named }];
	}

	/** Pulumi starts containers by the ids of their images. */
	private nameOf(image: string): Promise<string> {
		const named = this.imageNames.get(image) ?? this.askName(image);
		this.imageNames.set(image, named);
		return named;
	}

	private async askName(image: string): Promise<string> {
		if (!image.startsWith("sha256:")) return image;
		try {
			const { RepoTags } = await this.engine.api.getImage(image).inspect();
			return RepoTags?.[0] ?? image;
		} catch {
			return image;
		}
	}

	private async askProxy({ id }: SeenContainer, caddyfile: string | undefined): Promise<SeenProxy> {
		const caddyVersion = await this.caddyVersion(id);
		const version = caddyVersion === undefined ? {} : { caddyVersion };
		try {
			const counts = await this.admin.inFlight();
			const { prefix } = this.what;
			const inFlight = {
				blue: inFlightAmong(counts, `${prefix}-blue`),
				green: inFlightAmong(counts, `${prefix}-green`),
			};
			const runsItsCaddyfile =
				caddyfile === undefined ? {} : { runsItsCaddyfile: await this.admin.runs(caddyfile) };
			return { ...version, inFlight, ...runsItsCaddyfile };
		} catch (error) {
			return { ...version, problem: messageOf(error).split("\n")[0] ?? "" };
		}
	}

	/** It changes with the container only. */
	private async caddyVersion(id: string): Promise<string | undefined> {
		const known = this.caddyVersions.get(id);
		if (known !== undefined) return known;
		try {
			const { stdout } = await exec(this.engine, this.proxy, ["caddy", "version"], {}, QUESTION_MS);
			const [version] = stdout.trim().split(" ");
			if (version) this.caddyVersions.set(id, version);
			return version || undefined;
		} catch {
			return undefined;
		}
	}

	private async askSchema(): Promise<Pick<HostStatus, "schema" | "schemaProblem">> {
		const { schema } = this.what;
		if (schema === undefined) return {};
		try {
			const value = await queryValue(this.engine, schema.access, schema.query, QUESTION_MS);
			return value === undefined ? {} : { schema: value };
		} catch (error) {
			return { schemaProblem: messageOf(error).split("\n")[0] ?? "" };
		}
	}
}

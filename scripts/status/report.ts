import { Engine } from "../../components/runtime/docker/engine";
import { messageOf } from "../../components/runtime/report";
import { StatusLook } from "../../components/runtime/status/look";
import {
	exitCodeOf,
	type Had,
	type StatusReport,
	statusReport,
} from "../../components/runtime/status/report";
import { readExport } from "../../components/runtime/status/state";
import type { HostStatus, StateStatus, WantedStatus } from "../../components/runtime/status/types";
import type { Target } from "../../components/runtime/steps";
import { type LookedAtStack, schemaAccess } from "./stack";

/** Longest time for one look at the Docker host. */
const LOOK_MS = 20_000;
/** While somebody watches, and all is well, the state is read this often; each time starts a `pulumi`. */
const STATE_EVERY_MS = 10_000;

/** Looks at the Docker host and at the state, as often as it is asked to. */
export class StatusReports {
	private readonly host: StatusLook;
	private state: { readonly value: Had<StateStatus>; readonly atMs: number } | undefined;

	constructor(private readonly stack: LookedAtStack) {
		const { label, prefix } = stack;
		const schema = schemaAccess(stack);
		this.host = new StatusLook(new Engine(), { stack: label, prefix, ...(schema && { schema }) });
	}

	/** Never fails: what could not be had is a part of the report. */
	async next(): Promise<StatusReport> {
		const { label, prefix, settings } = this.stack;
		const state = await this.readState();
		const host = await this.lookAtHost("value" in state ? state.value.targets : []);
		const wanted: WantedStatus | undefined = settings && {
			activeColor: settings.activeColor,
			versions: versionsOf(settings.colors),
			maintenance: settings.maintenance,
		};
		const report = statusReport({ stack: label, prefix }, host, state, wanted);
		// What differs from the state may do so because that is older.
		if (exitCodeOf(report) !== 0) this.state = undefined;
		return report;
	}

	close(): void {
		this.host.close();
	}

	private async lookAtHost(targets: readonly Target[]): Promise<Had<HostStatus>> {
		let timer: NodeJS.Timeout | undefined;
		const tooLate = new Promise<never>((_, reject) => {
			timer = setTimeout(() => reject(new Error(`no answer within ${LOOK_MS / 1_000} s`)), LOOK_MS);
		});
		try {
			return { value: await Promise.race([this.host.look(targets), tooLate]) };
		} catch (error) {
			return { problem: messageOf(error).split("\n")[0] ?? "" };
		} finally {
			clearTimeout(timer);
		}
	}

	private async readState(): Promise<Had<StateStatus>> {
		const now = Date.now();
		if (this.state !== undefined && now - this.state.atMs < STATE_EVERY_MS) return this.state.value;
		const { name, prefix, pulumi } = this.stack;
		const value = await pulumi(`reading the state of stack ${name}`, "stack", "export").then(
			(text): Had<StateStatus> => ({ value: readExport(text, prefix) }),
			(error): Had<StateStatus> => ({ problem: messageOf(error) }),
		);
		this.state = { value, atMs: now };
		return value;
	}
}

function versionsOf(colors: Readonly<Record<"blue" | "green", { readonly version?: string | undefined }>>) {
	return {
		...(colors.blue.version !== undefined && { blue: colors.blue.version }),
		...(colors.green.version !== undefined && { green: colors.green.version }),
	};
}

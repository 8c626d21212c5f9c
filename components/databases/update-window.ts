import * as pulumi from "@pulumi/pulumi";
import { databaseRecord, recordText } from "../plan/database-record";
import type { DatabaseChange } from "../plan/types";
import type { ReverseProxy } from "../proxy/reverse-proxy";
import type { DatabaseUpdate, HoldRecord } from "../runtime/database-update";
import type { Made, Prepared } from "./run-database";
import { Hold, Resume } from "./update-steps";

/** Where the requests pass that wait while databases are replaced. */
export interface RequestPath {
	readonly prefix: string;
	readonly proxy: ReverseProxy;
}

/** Before any database is stopped, and after all new images are there and were tried. */
export function holdRequests(
	path: RequestPath,
	prepared: readonly Prepared[],
	changes: readonly DatabaseChange[],
	opts: pulumi.CustomResourceOptions,
): Hold {
	const wanted = prepared.map(({ key, name, database, imageId }) => [
		key,
		{
			container: name,
			imageId,
			settings: recordText(databaseRecord(path.prefix, key, database)),
			why: changes.find((change) => change.name === key && change.kind === "updated")?.why ?? "",
		},
	]);
	return new Hold(
		`${path.prefix}-hold`,
		{ ...inputsOf(path), databases: Object.fromEntries(wanted) },
		{ ...opts, dependsOn: prepared.flatMap(({ check }) => check) },
	);
}

/** When all databases answer again. */
export function resumeRequests(
	path: RequestPath,
	made: readonly (Prepared & Made)[],
	hold: Hold,
	opts: pulumi.CustomResourceOptions,
): pulumi.Output<DatabaseUpdate | undefined> {
	const databases = Object.fromEntries(
		made.map(({ key, id, ready, urls }) => {
			// A URL is known when its login works; what it is does not matter here.
			const works = pulumi.unsecret(urls.url.apply(() => ""));
			const shown = pulumi.all([id, ready.outageMs, works]).apply(([known, outageMs]) => ({
				id: known,
				...(typeof outageMs === "number" && { outageMs }),
			}));
			return [key, shown];
		}),
	);
	return new Resume(
		`${path.prefix}-resume`,
		{ ...inputsOf(path), databases: pulumi.all(databases), hold: heldLast(hold) },
		{ ...opts, dependsOn: made.map(({ ready }) => ready) },
	).lastUpdate;
}

/** Nothing before the first. */
export function heldLast({ lastHold }: Hold): pulumi.Output<HoldRecord | undefined> {
	return lastHold.apply((last) => last ?? undefined);
}

function inputsOf({ proxy, prefix }: RequestPath) {
	return { proxy: proxy.container, prefix, holdForMs: proxy.site.holdForMs };
}

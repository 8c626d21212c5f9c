import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { z } from "zod";
import { LOOPBACK } from "../databases/container";
import { labels } from "../labels";
import { limits } from "../limits";
import { proxyName } from "../plan/names";
import { defined } from "../plan/released";
import type { Deployed } from "../plan/types";
import { proxy as proxySchema } from "../settings/schema";
import { renderCaddyfile, type Site } from "./caddyfile";
import type { RouteTables } from "./color-routes";
import { readPage } from "./page-file";
import { CADDYFILE, SWITCH_FOLDER } from "./paths";
import type { Preview } from "./preview";
import { announceReplacement } from "./replacement";
import type { Sharing } from "./share";

/**
 * What Caddy is started with, once and for ever: the file that the cutover writes, if there is one yet.
 * So a restarted or replaced container comes back with the last configuration that was good.
 */
const BOOTSTRAP = `# Before the first cutover there is nothing to import, and Caddy serves nothing.\nimport ${CADDYFILE}*\n`;

/** Of letters and digits: 285 bits. */
const TOKEN_LENGTH = 48;

export interface ReverseProxyArgs extends z.input<typeof proxySchema> {
	/** Name of the network on which the services answer. */
	readonly network: pulumi.Input<string>;
	/** What serves now, from `readStackState`. Without it nobody is told that the container will be replaced. */
	readonly deployed?: Deployed;
}

/** Caddy in a container of its own: the only thing of a stack that listens on an address of the host. */
export class ReverseProxy extends pulumi.ComponentResource {
	/** Name of Caddy's container. */
	readonly container: pulumi.Output<string>;
	/** Changes when the container is replaced. */
	readonly containerId: pulumi.Output<string>;
	/** The public address, from the Docker host itself: `http://127.0.0.1:8080`. */
	readonly url: string;
	readonly site: Site;
	/** The user's own page, HTML; unset: the built-in ones. */
	readonly page?: string;
	/** The secret that leads to the color that does not serve; undefined where the preview is off. */
	readonly previewToken: pulumi.Output<string> | undefined;

	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(prefix: string, args: ReverseProxyArgs, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:ReverseProxy", proxyName(prefix), {}, opts);
		const { network, deployed, ...rest } = args;
		const settings = proxySchema.parse(rest);
		const name = proxyName(prefix);
		const child = { parent: this };
		const { enabled, ...ways } = settings.preview;
		const preview = enabled ? (defined(ways) as Preview) : undefined;

		const image = new docker.RemoteImage(`${name}-image`, { name: settings.image, keepLocally: true }, child);
		const volume = (purpose: string) =>
			new docker.Volume(
				`${name}-${purpose}`,
				{ name: `${name}-${purpose}`, labels: labels({ role: "proxy" }) },
				child,
			).name;

		// Letters and digits only: it stands in headers, cookies and command lines.
		this.previewToken =
			preview &&
			new random.RandomPassword(`${name}-preview-token`, { length: TOKEN_LENGTH, special: false }, child)
				.result;
		const container = new docker.Container(
			name,
			{
				name,
				image: image.imageId,
				restart: "unless-stopped",
				ports: [
					{ internal: settings.httpPort, external: settings.httpPort, ip: settings.bindAddress },
					...(preview?.port === undefined
						? []
						: [{ internal: preview.port, external: preview.port, ip: LOOPBACK }]),
				],
				networksAdvanced: [{ name: network }],
				volumes: [
					{ volumeName: volume("data"), containerPath: "/data" },
					{ volumeName: volume("config"), containerPath: "/config" },
					{ volumeName: volume("switch"), containerPath: SWITCH_FOLDER },
				],
				uploads: [{ file: "/etc/caddy/Caddyfile", content: BOOTSTRAP }],
				securityOpts: ["no-new-privileges:true"],
				...limits(settings.resources),
				labels: labels({ role: "proxy" }),
				destroyGraceSeconds: 30,
			},
			{ ...child, deleteBeforeReplace: true },
		);

		this.container = container.name;
		this.containerId = container.id;
		announceReplacement(container.id, deployed?.serving !== undefined, this);
		if (settings.page !== undefined) this.page = readPage(settings.page);
		const { httpPort, hosts, colorHeader, holdFor } = settings;
		this.site = { httpPort, hosts, colorHeader, holdForMs: holdFor, ...(preview && { preview }) };
		const address =
			settings.bindAddress === "0.0.0.0" || settings.bindAddress === "::"
				? "127.0.0.1"
				: settings.bindAddress;
		this.url = `http://${address.includes(":") ? `[${address}]` : address}:${settings.httpPort}`;
		this.registerOutputs({ url: this.url });
	}

	/** The Caddyfile for these routes; plain text, known in every preview. */
	caddyfile(tables: RouteTables, sharing?: Sharing): string {
		return renderCaddyfile(this.site, tables, sharing);
	}
}

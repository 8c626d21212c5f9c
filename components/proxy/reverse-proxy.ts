import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { z } from "zod";
import { LOOPBACK } from "../databases/container";
import { labels } from "../labels";
import { limits } from "../limits";
import { PROXY_ROLE, proxyName } from "../plan/names";
import { defined } from "../plan/released";
import { concreteHost } from "../plan/routes";
import type { Deployed } from "../plan/types";
import type { PublicTls } from "../runtime/steps";
import { type ProxySettings, proxy as proxySchema } from "../settings/schema";
import { renderCaddyfile, type Site } from "./caddyfile";
import type { RouteTables } from "./color-routes";
import { readPage } from "./page-file";
import { CADDYFILE, SWITCH_FOLDER } from "./paths";
import type { Preview } from "./preview";
import { announceReplacement } from "./replacement";
import type { Sharing } from "./share";
import { reachedAt, siteOf, visitedAt } from "./site";
import { CERTIFICATES_FOLDER, DIRECTORY_ROOT, type TlsSite } from "./tls";

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
	/** As given to `DockerHost`. Default: this machine, or that of DOCKER_HOST. */
	readonly dockerHost?: string;
}

/** Caddy in a container of its own: the only thing of a stack that listens on an address of the host. */
export class ReverseProxy extends pulumi.ComponentResource {
	/** Name of Caddy's container. */
	readonly container: pulumi.Output<string>;
	/** Changes when the container is replaced. */
	readonly containerId: pulumi.Output<string>;
	/** Where visitors come in: `http://127.0.0.1:8080`; with TLS under a name that has a certificate. */
	readonly url: string;
	/** How the Docker host itself reaches it, whatever names there are: `https://127.0.0.1:8443`. */
	readonly address: string;
	/** A host name that it serves; undefined: any. */
	readonly host: string | undefined;
	/** What is to be seen of its certificates; undefined without TLS. */
	readonly tls: PublicTls | undefined;
	readonly site: Site;
	/** The user's own page, HTML; unset: the built-in ones. */
	readonly page?: string;
	/** The secret that leads to the color that does not serve; undefined where the preview is off. */
	readonly previewToken: pulumi.Output<string> | undefined;

	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(prefix: string, args: ReverseProxyArgs, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:ReverseProxy", proxyName(prefix), {}, opts);
		const { network, deployed, dockerHost, ...rest } = args;
		const settings = proxySchema.parse(rest);
		const name = proxyName(prefix);
		const child = { parent: this };
		const { enabled, ...ways } = settings.preview;
		const preview = enabled ? (defined(ways) as Preview) : undefined;

		const image = new docker.RemoteImage(`${name}-image`, { name: settings.image, keepLocally: true }, child);
		const volume = (purpose: string) =>
			new docker.Volume(
				`${name}-${purpose}`,
				{ name: `${name}-${purpose}`, labels: labels({ role: PROXY_ROLE }) },
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
				ports: publishedPorts(settings, preview),
				networksAdvanced: [{ name: network }],
				volumes: [
					{ volumeName: volume("data"), containerPath: "/data" },
					{ volumeName: volume("config"), containerPath: "/config" },
					{ volumeName: volume("switch"), containerPath: SWITCH_FOLDER },
					...mountedFiles(settings),
				],
				uploads: [{ file: "/etc/caddy/Caddyfile", content: BOOTSTRAP }],
				securityOpts: ["no-new-privileges:true"],
				...limits(settings.resources),
				labels: labels({ role: PROXY_ROLE }),
				// While it ends what is in flight nobody else gets in: what takes longer, a stream above all, is cut off.
				destroyGraceSeconds: 3,
			},
			{ ...child, deleteBeforeReplace: true },
		);

		this.container = container.name;
		this.containerId = container.id;
		announceReplacement(container.id, deployed?.serving !== undefined, this);
		if (settings.page !== undefined) this.page = readPage(settings.page);
		const { httpPort, httpsPort, hosts } = settings;
		const reached = reachedAt(settings);
		this.site = siteOf(settings, preview);
		const tls = this.site.frontDoor?.tls;
		this.host = hosts[0] === undefined ? undefined : concreteHost(hosts[0]);
		this.tls = tls && publicTls(tls, settings);
		this.address = addressOf(tls ? "https" : "http", reached, tls ? httpsPort : httpPort);
		const visited = visitedAt(settings, dockerHost);
		this.url =
			tls && this.host !== undefined
				? addressOf("https", this.host, httpsPort)
				: addressOf(tls ? "https" : "http", visited, tls ? httpsPort : httpPort);
		this.registerOutputs({ url: this.url });
	}

	/** The Caddyfile for these routes; plain text, known in every preview. */
	caddyfile(tables: RouteTables, sharing?: Sharing): string {
		return renderCaddyfile(this.site, tables, sharing);
	}
}

type Ports = docker.types.input.ContainerPort[];

/** HTTP/3 is HTTPS over UDP, on a port of the same number. */
function publishedPorts(
	{ bindAddress, httpPort, httpsPort, tls }: ProxySettings,
	preview: Preview | undefined,
): Ports {
	const at = (port: number, ip = bindAddress) => ({ internal: port, external: port, ip });
	const secure = [at(httpsPort), { ...at(httpsPort), protocol: "udp" }];
	return [
		at(httpPort),
		...(tls.mode === "off" ? [] : secure),
		...(preview?.port === undefined ? [] : [at(preview.port, LOOPBACK)]),
	];
}

/** What only the Docker host has: a key is read there by Caddy, and by nothing of ours. */
function mountedFiles({ tls }: ProxySettings): docker.types.input.ContainerVolume[] {
	if (tls.mode === "files") return [readOnly(tls.folder, CERTIFICATES_FOLDER)];
	if (tls.mode === "acme" && tls.directoryRoot !== undefined)
		return [readOnly(tls.directoryRoot, DIRECTORY_ROOT)];
	return [];
}

function readOnly(hostPath: string, containerPath: string): docker.types.input.ContainerVolume {
	return { hostPath, containerPath, readOnly: true };
}

function publicTls({ names, certificates }: TlsSite, { tls }: ProxySettings): PublicTls {
	const from = () => {
		if (certificates.mode === "acme") return certificates.directory;
		return tls.mode === "files" ? `${tls.folder}/${tls.certificate}` : "the proxy's own authority";
	};
	return { mode: certificates.mode, names: names.map(concreteHost), from: from() };
}

/** Without the port that the scheme has anyway. */
function addressOf(scheme: "http" | "https", host: string, port: number): string {
	const usual = scheme === "https" && port === 443;
	return `${scheme}://${host.includes(":") ? `[${host}]` : host}${usual ? "" : `:${port}`}`;
}

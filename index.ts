import * as pulumi from "@pulumi/pulumi";
import {
	Backups,
	BlueGreen,
	certificateProblems,
	DockerHost,
	inventory,
	loadSettings,
	Networks,
	pageProblems,
	portProblems,
	ReverseProxy,
	readHost,
	readStackState,
	SharedDatabases,
	schemaProblems,
	stackPrefix,
	volumeProblems,
	warnOfHost,
} from "pulumi-docker-blue-green";

/** One stack: shared databases, a blue and a green set of containers, and the proxy that sends traffic to one of them. */
export = async () => {
	const prefix = stackPrefix(pulumi.getProject(), pulumi.getStack());
	const host = readHost();
	const dockerHost = new DockerHost(prefix, host);
	const { providers } = dockerHost;
	await dockerHost.reach();
	const { deployed, published } = await readStackState(prefix);
	const { parsed, databases, backups, proxy, release, secrets } = await loadSettings(
		deployed,
		async (settings) => [
			...(await portProblems(settings, published, host ?? process.env.DOCKER_HOST)),
			...(await certificateProblems(settings, host ?? process.env.DOCKER_HOST)),
			...pageProblems(settings.proxy),
			...(await volumeProblems(settings.databases, deployed, prefix)),
			...(await schemaProblems(settings, deployed, prefix)),
		],
	);
	const warned = warnOfHost(parsed, deployed, prefix);

	const networks = new Networks(prefix, { providers });
	const front = new ReverseProxy(
		prefix,
		{ ...proxy, network: networks.app, deployed, ...(host !== undefined && { dockerHost: host }) },
		{ providers },
	);
	const shared = new SharedDatabases(
		prefix,
		{
			databases,
			network: networks.data,
			secrets,
			deployed,
			migrations: release.migrations?.expand !== undefined,
			proxy: front,
		},
		{ providers },
	);
	const { beforeMigrations } = new Backups(prefix, { settings: backups, secrets }, { providers });
	const product = new BlueGreen(
		prefix,
		{
			...release,
			proxy: front,
			network: networks.app,
			databases: shared.connections,
			databaseNetwork: networks.data,
			secrets,
			deployed,
			...(beforeMigrations && { backup: beforeMigrations }),
		},
		{ providers, dependsOn: [shared] },
	);

	await warned;
	return {
		url: front.url,
		...(front.tls?.mode === "internal" && { rootCertificate: product.rootCertificate }),
		...(front.previewToken && { previewToken: pulumi.secret(front.previewToken) }),
		activeColor: product.activeColor,
		activeVersion: product.activeVersion,
		standbyColor: product.standbyColor,
		standbyVersion: product.standbyVersion,
		maintenance: product.maintenance,
		lastCutover: product.lastCutover,
		trial: product.trial,
		migrations: product.migrations,
		// Of what is undefined Pulumi would warn in every `up`.
		lastDatabaseUpdate: shared.lastUpdate.apply((update) => update ?? null),
		databases: pulumi.secret(shared.connections),
		containers: inventory([...shared.containerIds, front.containerId, ...product.containerIds]),
	};
};

import * as pulumi from "@pulumi/pulumi";
import {
	BlueGreen,
	type Color,
	inventory,
	Networks,
	ReverseProxy,
	readStackState,
} from "pulumi-docker-blue-green";

/** What the service runs; a real one has an image of its own for each version. */
const hello = `
	const server = require("node:http").createServer((request, response) => response.end("hello from " + process.env.VERSION + "\\n"));
	server.keepAliveTimeout = 75000;
	server.listen(process.env.PORT);
	process.once("SIGTERM", () => server.close());
`;

/** One service, two colors, no database: the components without the stack around them. */
export = async () => {
	const config = new pulumi.Config();
	const prefix = `hello-${pulumi.getStack()}`;
	const images = { web: config.require("nodeImage") };

	const { deployed } = await readStackState(prefix);
	const networks = new Networks(prefix);
	const proxy = new ReverseProxy(prefix, {
		network: networks.app,
		image: config.require("caddyImage"),
		httpPort: config.requireNumber("httpPort"),
	});
	const release = new BlueGreen(prefix, {
		activeColor: config.require<Color>("activeColor"),
		colors: {
			blue: { version: config.require("blueVersion"), images },
			green: { version: config.require("greenVersion"), images },
		},
		services: { web: { port: 3000, route: "/", health: { path: "/" }, command: ["node", "-e", hello] } },
		proxy,
		network: networks.app,
		deployed,
	});

	return {
		url: proxy.url,
		activeColor: release.activeColor,
		activeVersion: release.activeVersion,
		containers: inventory([proxy.containerId, ...release.containerIds]),
	};
};

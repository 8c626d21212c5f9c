import { type Fact, type Finding, finding } from "../../../components/doctor/finding";
import { type Problem, pathText } from "../../../components/settings/problems";

/** What was seen of the ports that a stack wants to publish. */
export interface SeenPorts {
	/** Addresses that it wants: "127.0.0.1:8080". */
	readonly wanted: readonly string[];
	/** Those of them that its own containers publish by now. */
	readonly own: readonly string[];
	/** Ports that another program has; unset: the Engine is on another machine, which cannot be asked. */
	readonly taken?: readonly Problem[];
}

/** Whether each port is free, or the stack's own. */
export function judgePorts(ports: Fact<SeenPorts>): Finding[] {
	if ("why" in ports) return [finding("ports", "unknown", `who has them cannot be seen: ${ports.why}`)];
	const { wanted, own, taken } = ports.known;
	const others = wanted.filter((address) => !own.includes(address));
	if (taken === undefined && others.length > 0) {
		const text = `whether ${others.join(", ")} are free cannot be seen from here: the Engine is on another machine`;
		return [
			finding(
				"ports",
				"unknown",
				text,
				"docker ps --format '{{.Names}} {{.Ports}}' shows those of containers",
			),
		];
	}
	if (taken !== undefined && taken.length > 0)
		return taken.map(({ path, reason, fix }) =>
			finding("ports", "problem", `${pathText(path)}: ${reason}`, fix.join(" && ")),
		);
	const states = wanted.map(
		(address) => `${address} is ${own.includes(address) ? "the stack's own" : "free"}`,
	);
	return [finding("ports", "ok", states.join(", "))];
}

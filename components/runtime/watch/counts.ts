import { COLORS, type Color } from "../../settings/schema";
import type { Tallies } from "./judge";
import type { Passed } from "./line";
import { Tally } from "./tally";

/**
 * What passed in a phase, in two spans: all of it, and the last looks, so that a color which falls ill late is not excused
 * by its good minutes. Pure.
 */

/** How many looks the shorter span has. */
export const RECENT_LOOKS = 10;
/** The spans that are judged in each look. */
export const SPANS = 2;

/** One part of the traffic in one span. */
export interface Part {
	/** Path prefix; unset: all routes. */
	readonly route?: string;
	readonly tallies: Tallies;
	readonly sinceMs: number;
}

export class Counts {
	private readonly whole: Looked;
	/** The last looks, the newest last; requests are added to that. */
	private readonly looks: Looked[];

	/**
	 * @param routes Path prefixes that are counted by themselves, longest first; empty: none.
	 * @param beganMs When the phase began, by whatever clock.
	 */
	constructor(
		private readonly routes: readonly string[],
		beganMs: number,
	) {
		this.whole = new Looked(beganMs);
		this.looks = [new Looked(beganMs)];
	}

	get all(): Tallies {
		return this.whole.all;
	}

	add(request: Passed): void {
		const route = this.routes.find((prefix) => isUnder(request.path, prefix));
		this.whole.add(request, route);
		this.looks.at(-1)?.add(request, route);
	}

	/** Everything that is to be judged now. */
	parts(): Part[] {
		const parts = this.whole.parts();
		if (this.looks.length < RECENT_LOOKS) return parts;
		const recent = new Looked(this.looks[0]?.sinceMs ?? 0);
		for (const look of this.looks) recent.addAll(look);
		return [...parts, ...recent.parts()];
	}

	/** A look is over. @param nowMs By the same clock as `beganMs`. */
	looked(nowMs: number): void {
		this.looks.push(new Looked(nowMs));
		if (this.looks.length > RECENT_LOOKS) this.looks.shift();
	}
}

class Looked {
	readonly all = emptyTallies();
	private readonly byRoute = new Map<string, Tallies>();

	constructor(readonly sinceMs: number) {}

	add(request: Passed, route: string | undefined): void {
		addTo(this.all, request);
		if (route !== undefined) addTo(this.of(route), request);
	}

	addAll(later: Looked): void {
		for (const color of COLORS) this.all[color].addAll(later.all[color]);
		for (const [route, tallies] of later.byRoute)
			for (const color of COLORS) this.of(route)[color].addAll(tallies[color]);
	}

	parts(): Part[] {
		const { sinceMs } = this;
		const routes = [...this.byRoute].map(([route, tallies]) => ({ route, tallies, sinceMs }));
		return [{ tallies: this.all, sinceMs }, ...routes];
	}

	private of(route: string): Record<Color, Tally> {
		const tallies = this.byRoute.get(route) ?? emptyTallies();
		this.byRoute.set(route, tallies);
		return tallies;
	}
}

function addTo(tallies: Tallies, request: Passed): void {
	tallies[request.color].add(request);
	if (request.lost !== undefined) tallies[request.lost].addLost(request);
}

function emptyTallies(): Record<Color, Tally> {
	return { blue: new Tally(), green: new Tally() };
}

function isUnder(path: string, prefix: string): boolean {
	return prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
}

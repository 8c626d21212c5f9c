import { type Color, otherColor } from "../../../components/settings/schema";
import { assertSucceeded, TestStack } from "../../e2e/support/stack";
import { expectConverges, type Fault, type Serves, underFault } from "./fault";

/** What each color runs when all is well. */
const WELL: Readonly<Record<Color, string>> = { blue: "1.0.0", green: "2.0.0" };

/**
 * A shop on which cases follow one another. Each begins with one color serving in peace, asks for a release on the other,
 * and ends with that release made after all: so the next one goes the other way.
 */
export class FaultyShop {
	private color: Color = "blue";

	private constructor(readonly stack: TestStack) {}

	static async start(name: string): Promise<FaultyShop> {
		const stack = await TestStack.create(name);
		await stack.set("health.deadline", "60s");
		const up = await stack.up();
		if (up.failed) await stack.dispose();
		assertSucceeded(up);
		return new FaultyShop(stack);
	}

	/** The color that serves, and goes on serving through every failed release. */
	get serving(): Serves {
		return { color: this.color, version: WELL[this.color] };
	}

	/** The color that the next release goes to. */
	get next(): Serves {
		const color = otherColor(this.color);
		return { color, version: WELL[color] };
	}

	/**
	 * Asks, in the settings, for a release of `version` on the other color.
	 *
	 * @param deadline The gate's. The default leaves time to start on a busy machine; a case that must wait for its end wants
	 *   a shorter one.
	 */
	async wants(version: string, deadline = "60s"): Promise<void> {
		await this.stack.set("health.deadline", deadline);
		await this.stack.set(`colors.${this.next.color}.version`, version);
		await this.stack.set("activeColor", this.next.color);
	}

	/** A release that must fail and leave who serves as it was; see `Fault` for the rest. */
	async releaseFails(fault: Pick<Fault, "says"> & Partial<Fault>) {
		const serves = this.serving;
		const says = [...fault.says, `Or give up: pulumi config set activeColor ${serves.color} && pulumi up`];
		return underFault(this.stack, { act: () => this.stack.up(), fails: true, serves, ...fault, says });
	}

	/** The fault is mended: a plain `up` makes the release that is well. */
	async recovers(): Promise<void> {
		await this.wants(this.next.version);
		await expectConverges(this.stack, this.next);
		this.color = this.next.color;
	}

	async dispose(): Promise<void> {
		await this.stack.dispose();
	}
}

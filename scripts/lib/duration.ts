import { InvalidArgumentError } from "commander";
import ms, { type StringValue } from "ms";

/** A time as people write it, such as "2s" or "500ms"; for options of commands. @returns ms. */
export function durationOption(least: number, most: number): (text: string) => number {
	return (text) => {
		const value = /^\d/.test(text) ? ms(text as StringValue) : undefined;
		if (value === undefined || value < least || value > most)
			throw new InvalidArgumentError(`It is a time from ${ms(least)} to ${ms(most)}, such as 2s.`);
		return value;
	};
}

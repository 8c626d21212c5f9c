/**
 * Looks for values where they must not be: as they are, in base64, and as they stand in a URL.
 *
 * @param places Text by the name of where it was found.
 * @param values By name; the values themselves are not part of the answer.
 * @returns "docker inspect: password of x in base64".
 */
export function leaks(
	places: Readonly<Record<string, string>>,
	values: Readonly<Record<string, string>>,
): string[] {
	return Object.entries(places).flatMap(([place, text]) =>
		Object.entries(values).flatMap(([name, value]) =>
			forms(value)
				.filter(([, form]) => text.includes(form))
				.map(([as]) => `${place}: ${name}${as}`),
		),
	);
}

function forms(value: string): [as: string, form: string][] {
	// Wherever it stands in a longer text, one of three shifts shows its middle.
	const encoded = [0, 1, 2].map((shift) => {
		const text = Buffer.from(`${"x".repeat(shift)}${value}`).toString("base64");
		return text.slice(Math.ceil((shift * 4) / 3), text.replace(/=+$/, "").length - 1);
	});
	const inUrl = encodeURIComponent(value);
	return [
		["", value],
		...(inUrl === value ? [] : ([[" in a URL", inUrl]] as [string, string][])),
		...encoded.map((form): [string, string] => [" in base64", form]),
	];
}

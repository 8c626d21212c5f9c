import { styleText } from "node:util";
import { type Finding, GRADES, type Grade } from "../../components/doctor/finding";

const STYLES: Readonly<Record<Grade, Parameters<typeof styleText>[0]>> = {
	ok: "green",
	warning: "yellow",
	problem: "red",
	unknown: "magenta",
};

/** What was found, for people: a line each, and below it what to do. @param colored Whether a terminal shows it. */
export function findingsText(findings: readonly Finding[], colored: boolean): string {
	const grades = width(findings.map(({ grade }) => grade));
	const checks = width(findings.map(({ check }) => check));
	const paint = (grade: Grade, text: string) =>
		// Whoever asks has looked whether it is a terminal; NO_COLOR is heeded there.
		colored ? styleText(STYLES[grade], text, { validateStream: false }) : text;
	const indent = " ".repeat(grades + checks + 4);
	const lines = findings.flatMap(({ check, grade, text, next }) => [
		`${paint(grade, grade.padEnd(grades))}  ${check.padEnd(checks)}  ${text}`,
		...(next === undefined ? [] : [`${indent}next: ${next}`]),
	]);
	return [...lines, "", summary(findings)].join("\n");
}

/** "1 problem, 2 warnings, 1 unknown, 9 ok". */
export function summary(findings: readonly Pick<Finding, "grade">[]): string {
	const counts = GRADES.flatMap((grade) => {
		const count = findings.filter((one) => one.grade === grade).length;
		return count === 0 ? [] : `${count} ${plural(grade, count)}`;
	});
	return counts.join(", ");
}

function plural(grade: Grade, count: number): string {
	return count > 1 && (grade === "problem" || grade === "warning") ? `${grade}s` : grade;
}

function width(texts: readonly string[]): number {
	return Math.max(0, ...texts.map(({ length }) => length));
}

/** An image's name taken apart. */
export interface ImageVersion {
	/** "registry.example.com/postgres" */
	readonly repository: string;
	/** "17.4-alpine" */
	readonly tag: string;
	/** The numbers that the tag begins with, if any: [17, 4]. */
	readonly numbers: readonly number[];
}

/** Undefined where the name has no tag, or a digest beside it, which says nothing to people. */
export function imageVersion(image: string): ImageVersion | undefined {
	const [, repository, tag] = /^([^@]+?):([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:@.+)?$/.exec(image) ?? [];
	if (repository === undefined || tag === undefined) return undefined;
	const leading = /^v?(\d+(?:\.\d+)*)(?![a-z0-9])/i.exec(tag)?.[1];
	return { repository, tag, numbers: leading === undefined ? [] : leading.split(".").map(Number) };
}

/**
 * PostgreSQL's major version, where the image's name tells: "postgres:17.4-alpine", "pgvector/pgvector:pg17",
 * "timescale/timescaledb:2.17.2-pg17".
 */
export function postgresMajor(image: string): number | undefined {
	const version = imageVersion(image);
	if (version === undefined) return undefined;
	const marked = /(?:^|[^a-z0-9])pg-?(\d{1,2})(?![0-9])/i.exec(version.tag)?.[1];
	if (marked !== undefined) return Number(marked);
	const [first] = version.numbers;
	// Another image's numbers are its own.
	return /postg[^/]*$/i.test(version.repository) && first !== undefined && first < 100 ? first : undefined;
}

/** Whether `after` is an older version of the same image than `before`, as far as their tags tell. */
export function isOlder(before: string, after: string): boolean {
	const [old, now] = [imageVersion(before), imageVersion(after)];
	if (old === undefined || now === undefined || old.repository !== now.repository) return false;
	for (let at = 0; at < Math.min(old.numbers.length, now.numbers.length); at++) {
		const difference = (now.numbers[at] ?? 0) - (old.numbers[at] ?? 0);
		if (difference !== 0) return difference < 0;
	}
	return false;
}

/** A text as PostgreSQL reads it. It keeps its line breaks: for a session that is asked line by line it must have none. */
export function literal(text: string | undefined): string {
	return text === undefined ? "NULL" : `'${text.replaceAll("'", "''")}'`;
}

/** A name as PostgreSQL reads it, whatever letters it has. */
export function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

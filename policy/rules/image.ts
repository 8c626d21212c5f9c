/**
 * @param image As in the settings: "registry.example.com:5000/shop:1.4.0@sha256:…".
 * @param digest Whether a tag is not enough.
 * @returns what is wrong; undefined: it always means the same image, as far as its name can say.
 */
export function unpinned(image: string, digest: boolean): string | undefined {
	// A local image by its id, or any image by its digest.
	if (/(^|@)sha256:[0-9a-f]{64}$/.test(image)) return undefined;
	if (digest)
		return `${image} is not pinned to a digest: a moved tag would change what it is. Allowed: <name>@sha256:<digest>.`;
	// A colon before the last slash is that of a registry's port.
	const [, tag] = image.slice(image.lastIndexOf("/") + 1).split(":");
	if (tag === undefined || tag === "")
		return `${image} has no tag, which means latest. Allowed: a tag of one version, or a digest.`;
	if (tag === "latest")
		return `${image} means another image tomorrow. Allowed: a tag of one version, or a digest.`;
	return undefined;
}

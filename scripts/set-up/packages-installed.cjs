// Exits with 0 when node_modules holds what package-lock.json names, so that an `npm install` by hand is not undone.
// Runs before any package is there, hence plain JavaScript.
"use strict";
const { existsSync, readFileSync } = require("node:fs");
const path = require("node:path");

const project = path.resolve(__dirname, "../..");
const packages = (file) => JSON.parse(readFileSync(path.join(project, file), "utf8")).packages;

const installed = "node_modules/.package-lock.json";
if (!existsSync(path.join(project, installed))) process.exit(1);
const wanted = packages("package-lock.json");
const present = packages(installed);
const agrees = Object.entries(wanted).every(([folder, { version, link, optional }]) => {
	if (!folder.startsWith("node_modules/")) return true;
	if (link) return existsSync(path.join(project, folder));
	const found = present[folder];
	// npm leaves out optional packages that are for other platforms.
	return found ? found.version === version : Boolean(optional);
});
process.exit(agrees ? 0 : 1);

"use strict";

/** What the constant provider texts load (see blue-green/shim.ts): the code of today, whatever wrote the state. */
require("./quick-start.cjs");

// The engine gives its address as the first argument. Where quick-start.cjs was preloaded, it watches already.
require("./runtime/engine-watch").engineWatch.endWith(process.argv[2]);

/** @param {"healthGate" | "cutover" | "drain" | "databaseCheck" | "databaseLogins"} kind */
module.exports = (kind) =>
	require("./runtime/ssh/reached").reachedFirst(require("./runtime/resources")[kind]);

"use strict";

/** What the constant provider texts load (see blue-green/shim.ts): the code of today, whatever wrote the state. */
require("./quick-start.cjs");

/** @param {"healthGate" | "cutover" | "drain"} kind */
module.exports = (kind) => require("./runtime/resources.ts")[kind];

"use strict";

/** What the commands of migrations start (see migrations/migrations.ts): the code of today, found by the package's name. */
require("./quick-start.cjs");

require("./runtime/migrations/command").main();

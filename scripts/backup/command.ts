export { onInterrupt, reportError } from "../lib/command";

/** Everything that another Pulumi program needs of this package. */
export { BlueGreen, type BlueGreenArgs, type LastCutover } from "./blue-green/blue-green";
export { ColorSet, type ColorSetArgs } from "./blue-green/color-set";
export { inventory } from "./blue-green/inventory";
export { readStackState, type StackState } from "./blue-green/state";
export { type BackupPolicy, Backups, type BackupsArgs } from "./databases/backups";
export type { Connection } from "./databases/connection";
export { SharedDatabases, type SharedDatabasesArgs } from "./databases/shared-databases";
export { volumeProblems } from "./databases/volume-in-use";
export { DockerHost } from "./docker-host";
export { schemaProblems } from "./migrations/look";
export { Networks } from "./networks";
export { databaseChanges } from "./plan/database-changes";
export { stackPrefix } from "./plan/names";
export type { DatabaseChange, Deployed } from "./plan/types";
export { portProblems } from "./proxy/port";
export { ReverseProxy, type ReverseProxyArgs } from "./proxy/reverse-proxy";
export { loadSettings } from "./settings/load";
export type { Color, DatabaseInput, Settings } from "./settings/schema";

import { SWITCH_FILE, SWITCH_FOLDER, switchValue } from "./switch-file";

/** Where the rendered Caddyfile lives: in the config volume, so that it outlives the container. */
export const CADDYFILE = "/config/blue-green/Caddyfile";

export { SWITCH_FILE, SWITCH_FOLDER, switchValue };

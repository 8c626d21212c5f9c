import { SWITCH_FILE, SWITCH_FOLDER, switchValue } from "./switch-file";

/** Where the rendered Caddyfile lives: in the config volume, so that it outlives the container. */
export const CADDYFILE = "/config/blue-green/Caddyfile";

/** What each color was released with, as JSON by color: what a container's own labels have no room for. */
export const RELEASES_FILE = "/config/blue-green/releases.json";

/** Every attempt to move traffic, a line of JSON each, oldest first; see components/runtime/switch-history. */
export const HISTORY_FILE = "/config/blue-green/history.jsonl";

/** Which images the last releases consisted of, as JSON; see `NotedRelease` in plan/old-images.ts. */
export const IMAGES_FILE = "/config/blue-green/images.json";

/** The token that leads to the preview; Caddy compares it with what requests carry. */
export const PREVIEW_TOKEN_FILE = "/config/blue-green/preview-token";

export { SWITCH_FILE, SWITCH_FOLDER, switchValue };

import { z } from "zod";
import { text } from "./values";

/** on: visitors get a page instead of the product, whose containers go on untouched. */
export const maintenance = z.enum(["off", "on"]).default("off");
export type Maintenance = z.infer<typeof maintenance>;

/**
 * The path of an HTML file, from the folder of `Pulumi.yaml`: what visitors see in maintenance, and where the proxy has no
 * answer of the product to pass on. Read when the program runs. Unset: a built-in page.
 */
export const page = text.meta({ examples: ["maintenance.html"] }).optional();

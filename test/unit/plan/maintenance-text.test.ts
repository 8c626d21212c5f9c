import { expect, test } from "vitest";
import { maintenanceText } from "../../../components/plan/maintenance-text";

test("what is said of maintenance: its beginning, its end, that it goes on, and otherwise nothing", () => {
	expect(maintenanceText("off", "off")).toBeUndefined();
	expect(maintenanceText("off", "on")).toMatch(/^maintenance: off → on\. /);
	expect(maintenanceText("on", "off")).toMatch(/^maintenance: on → off\. /);
	expect(maintenanceText("on", "on")).toContain("pulumi config set maintenance off && pulumi up");
});

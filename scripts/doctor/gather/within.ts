import type { Fact } from "../../../components/doctor/finding";
import { factOf } from "../../../components/runtime/host-facts";
import { durationText } from "../../../components/runtime/report";

/** What came of it in time, or why nothing did. Whoever works for it has to end by itself. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<Fact<T>> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<Fact<T>>((resolve) => {
		timer = setTimeout(() => resolve({ why: `no answer within ${durationText(timeoutMs)}` }), timeoutMs);
	});
	try {
		return await Promise.race([factOf(work), late]);
	} finally {
		clearTimeout(timer);
	}
}

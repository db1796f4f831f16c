import { expect, it } from "vitest";
import { sendOnSchedule } from "./inputs.ts";

it("inputs that are refused before the last one is due fail the block, and not the process", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    let sent = 0;
    // The first of ten is refused at once, 450 ms before the last is due.
    await expect(
      sendOnSchedule(20, () => ((sent += 1) === 1 ? Promise.reject(new Error("The run is finished.")) : Promise.resolve())),
    ).rejects.toThrow("The run is finished.");
    expect(sent).toBe(10);
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});

import { armOf } from "../client-arms.ts";
import type { Figures, JobOf } from "../job.ts";
import { Sequence } from "../sequence.ts";
import { settledBytes } from "./held-memory.ts";

/**
 * Opens and closes runs one after another: every second is read to its last event, the others are left after their first.
 *
 * @returns what is held above the level after a tenth of the runs (where pools and compiled code have their size): `bytesAtHalf`,
 * `bytesAtEnd`, `bytesPerRun`, and `handles`, what keeps the event loop awake at the end and did not at that tenth
 */
export async function openAndClose({ arm, url, runs, eventsPerRun }: JobOf<"memory">): Promise<Figures> {
  const client = armOf(arm).connect({ url: new URL(url) });
  const one = async (run: number): Promise<void> => {
    const events = run % 2 === 0 ? eventsPerRun : 1;
    const sequence = new Sequence(eventsPerRun);
    const came = Promise.withResolvers<void>();
    const reading = client.open(`run${run}`, (text) => {
      sequence.see(text);
      if (sequence.seen === events) came.resolve();
      return undefined;
    });
    // Complete it is no sooner than enough came; failed it may be.
    await Promise.race([came.promise, sequence.complete, reading.failed]);
    reading.close();
  };
  const upTo = async (from: number, to: number): Promise<number> => {
    for (let run = from + 1; run <= to; run++) await one(run);
    return settledBytes();
  };
  const tenth = Math.max(1, Math.floor(runs / 10));
  const half = Math.max(tenth, Math.floor(runs / 2));
  const level = await upTo(0, tenth);
  const handlesBefore = process.getActiveResourcesInfo().length;
  const atHalf = (await upTo(tenth, half)) - level;
  const atEnd = (await upTo(half, runs)) - level;
  const handles = process.getActiveResourcesInfo().length - handlesBefore;
  client.close();
  return { bytesAtHalf: atHalf, bytesAtEnd: atEnd, bytesPerRun: atEnd / (runs - tenth), handles };
}

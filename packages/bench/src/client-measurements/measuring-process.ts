import { jobSchema, type Answer, type Figures, type Job } from "./job.ts";
import { readEvents } from "./jobs/events.ts";
import { openAndClose } from "./jobs/memory.ts";
import { readSlowly } from "./jobs/slow-reader.ts";

/** The process that `runJob` starts: one job, one answer. */
process.once("message", (message) => {
  void carryOut(message).then((answer) => process.send?.(answer, () => process.exit(0)));
});

// Whoever asked is gone: nobody waits for the answer.
process.once("disconnect", () => process.exit(1));

async function carryOut(message: unknown): Promise<Answer> {
  try {
    return { figures: await figuresOf(jobSchema.parse(message)) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function figuresOf(job: Job): Promise<Figures> {
  switch (job.kind) {
    case "events":
      return readEvents(job);
    case "memory":
      return openAndClose(job);
    case "slow-reader":
      return readSlowly(job);
  }
}

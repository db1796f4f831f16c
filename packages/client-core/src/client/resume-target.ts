import { isRunId } from "@agent-transports/protocol";
import { parseCursor } from "../delivery/cursor.ts";
import { invalid, shown } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ResumeOptions } from "../interface/client.ts";

/** @throws TransportError `invalid_option` */
export function runIdOf(id: unknown): string {
  if (isRunId(id)) return id;
  throw invalid("The id of a run", id, "the id that `run.started` resolved with");
}

/** @throws TransportError `cannot_resume` */
export function cursorOf({ after }: ResumeOptions): string | undefined {
  if (parseCursor(after) !== null) return after === "" ? undefined : after;
  const message = `This is not an event id: ${shown(after)}. Give the \`id\` of an event, or nothing.`;
  throw new TransportError({ code: "cannot_resume", message, reason: "malformed" });
}

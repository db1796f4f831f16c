import type { RunFailure, RunState } from "@agent-transports/protocol";

/** A run, as the log has it. */
export interface RunRecord {
  /** Ascends with each start; the key of the run's events. */
  readonly n: number;
  readonly id: string;
  readonly epoch: string;
  readonly state: RunState;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly error: RunFailure | null;
  /** When its events were deleted; `null` while they are kept. */
  readonly goneAt: number | null;
  /** Who started it, where the agent asks for credentials. */
  readonly subject: string | null;
}

export type RunRow = {
  n: number;
  id: string;
  epoch: string;
  state: string;
  created_at: number;
  ended_at: number | null;
  error: string | null;
  gone_at: number | null;
  subject: string | null;
};

export const RUN_COLUMNS = "n, id, epoch, state, created_at, ended_at, error, gone_at, subject";

export function toRecord(row: RunRow): RunRecord {
  return {
    n: row.n,
    id: row.id,
    epoch: row.epoch,
    state: toState(row.state),
    createdAt: row.created_at,
    endedAt: row.ended_at,
    error: row.error === null ? null : toFailure(row.error),
    goneAt: row.gone_at,
    subject: row.subject,
  };
}

function toState(text: string): RunState {
  switch (text) {
    case "running":
    case "finished":
    case "failed":
    case "cancelled":
    case "interrupted":
      return text;
    default:
      throw new Error(`The log holds a run in the state ${text}, which this version does not know.`);
  }
}

function toFailure(text: string): RunFailure {
  const failure: RunFailure = JSON.parse(text);
  return failure;
}

import { agentPeers } from "./agent-arms.ts";
import { askOverHttp, askOverSocket, replayOverHttp, replayOverSocket } from "./our-agent.ts";
import type { PausableReader } from "./pausable-reader.ts";
import { handleOf, openResponse, readPausably } from "./read-pausably.ts";

/** An Agent that streams large events to a reader that stops. */
export interface PausingArm {
  readonly id: string;
  readonly label: string;
  /** Asks for events and reads them to their end. @returns what {@link replay} needs */
  readonly follow: Follow;
  /** Reads what a finished run left, from its first event. */
  readonly replay?: (base: URL, agent: string, handle: string, reader: PausableReader) => Promise<void>;
  /** Another way to ask, for the warm-up, where {@link follow} does not read. */
  readonly warm?: Follow;
  /** In MB, where more would take too long. */
  readonly atMost?: number;
}

export type Follow = (base: URL, agent: string, prompt: string, reader: PausableReader) => Promise<string>;

const peers = agentPeers
  .filter(({ agent }) => agent.fills)
  .map(({ id, label, agent: { label: agentLabel = label, ask, replay, fillsAtMost } }): PausingArm => ({
    id,
    label: agentLabel,
    ...(fillsAtMost !== undefined && { atMost: fillsAtMost }),
    follow: (base, agent, prompt, reader) => readPausably(ask({ base, agent }, prompt), reader),
    ...(replay !== undefined && {
      async replay(base, agent, handle, reader) {
        await readPausably(replay({ base, agent }, handle), reader);
      },
    }),
  }));

/** Start, finish and the run's end: beside what was asked for. */
const FRAME_EVENTS = 3;

/** @throws Error where an event of ours came without its id, or the stream ended before the run */
function assertWhole(reader: PausableReader): void {
  if (reader.lastSeq !== reader.seen + FRAME_EVENTS)
    throw new Error(`The last id was ${reader.lastSeq}, after ${reader.seen} events and ${FRAME_EVENTS}.`);
}

async function readWhole(exchange: Parameters<typeof readPausably>[0], reader: PausableReader): Promise<string> {
  const handle = await readPausably(exchange, reader);
  assertWhole(reader);
  return handle;
}

const followOverSse: Follow = (base, agent, prompt, reader) => readWhole(askOverHttp({ base, agent }, prompt), reader);

const replayOverSse: NonNullable<PausingArm["replay"]> = async (base, agent, run, reader) => {
  await readWhole(replayOverHttp({ base, agent }, run), reader);
};

export const pausingArms: readonly PausingArm[] = [
  ...peers,
  {
    id: "ours-unread",
    label: "ours, no reader (the control)",
    async follow(base, agent, prompt, reader) {
      const exchange = askOverHttp({ base, agent }, prompt);
      const response = await openResponse(exchange, "application/json");
      response.resume();
      const run = handleOf(exchange, response);
      reader.pause();
      await reader.resumed;
      await replayOverSse(base, agent, run, reader);
      return run;
    },
    warm: followOverSse,
  },
  { id: "ours-sse", label: "ours over SSE", follow: followOverSse, replay: replayOverSse },
  {
    id: "ours-ws",
    label: "ours over WebSocket, with acks",
    follow: (base, agent, prompt, reader) => readWhole(askOverSocket({ base, agent }, prompt, true), reader),
    async replay(base, agent, run, reader) {
      await readWhole(replayOverSocket({ base, agent }, run, true), reader);
    },
  },
  {
    id: "ours-ws-unpaced",
    label: "ours over WebSocket, without acks",
    follow: (base, agent, prompt, reader) => readWhole(askOverSocket({ base, agent }, prompt, false), reader),
  },
];

import {
  answered,
  coreSettingsOf,
  fault,
  invalid,
  LostError,
  makeCoreClient,
  RETRY_BASE_MS,
  TransportError,
  type Arrival,
  type Connect,
  type CoreClient,
  type CoreSettings,
  type Line,
  type Target,
} from "@agent-transports/client-core";
import {
  isChunk,
  isErrorBody,
  isRunInfo,
  parseEventId,
  HEARTBEAT_IDLE_PERIODS,
  HEARTBEAT_MAX_MS,
  PING_FRAME,
  statusOf,
  type ChunkLike,
  type ChunkOf,
  type RunEnd,
  type UIMessageLike,
} from "@agent-transports/protocol";
import type { WsCoreOptions } from "./options.ts";
import { LATE_PERIODS, Socket } from "./socket.ts";

/** A frame, or what only looks like one. */
type Json = Readonly<Record<string, unknown>>;

/**
 * A small client of one agent, over WebSocket: it starts runs, follows, resumes and tries again. Each followed run has a socket of its own while it is live.
 *
 * @typeParam Message the application's `UIMessage`, whose `data-*` parts and metadata its runs' chunks then have
 * @throws TransportError `invalid_option`
 */
export function createWsClient<Message extends UIMessageLike = UIMessageLike>(options: WsCoreOptions): CoreClient<ChunkOf<Message>> {
  const settings = coreSettingsOf(options, /^(http|ws)s?:$/);
  return makeCoreClient(settings, connectOf(settings, options));
}

function connectOf(settings: CoreSettings, options: WsCoreOptions): Connect {
  return async function* connect<Chunk extends ChunkLike>(target: Target, line: Line) {
    const { id, cursor, start } = target;
    const { signal } = line;
    const Class = options.WebSocket ?? (globalThis as { WebSocket?: typeof WebSocket }).WebSocket;
    if (Class === undefined) throw invalid("WebSocket");
    const promisedMs = Math.min(settings.heartbeatMs * HEARTBEAT_IDLE_PERIODS, HEARTBEAT_MAX_MS);
    const asked = { v: "1", heartbeat: String(promisedMs), acks: "1" };
    const url = await settings.urlOf("", id ? { ...asked, resume: cursor ? `${id}:${cursor}` : id } : asked);
    signal.throwIfAborted();
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = ""; // A WebSocket takes none.

    let arrivals: Arrival<Chunk>[] = [];
    /** Frames that are to be acknowledged once the application has their events. */
    let acks: string[] = [];
    let saidMs = 0;
    /** Of the heartbeat, as agreed; and when the last ping was sent. */
    let periodMs = Infinity;
    let pingedAt = 0;
    let beating: ReturnType<typeof setInterval> | undefined;
    let end: RunEnd | undefined;
    let over: unknown;
    let wake: (() => void) | undefined;

    const ping = (): void => {
      pingedAt = performance.now();
      socket.send(PING_FRAME);
    };
    const socket = new Socket(url.href, Class, {
      opened() {
        if (id === undefined) socket.send(`{"type":"start","key":${JSON.stringify(start!.key)},"input":${start!.input},"acks":true}`);
      },
      message(data) {
        // Until the agent has answered, what is heard is the runtime's.
        if (beating) line.heard();
        // Browsers let a hidden page's timers fire once a minute, and its frames come all the same.
        if (performance.now() - pingedAt > periodMs * LATE_PERIODS) ping();
        // After what came before it.
        if (!over && !take(frameOf(data))) over = fault(`No frame: ${String(data).slice(0, 80)}`);
        wake?.();
      },
      ended: stop,
    });

    function stop(error?: unknown): void {
      over ??= error;
      clearInterval(beating);
      socket.close();
      wake?.();
    }

    /** @returns whether the frame is of this protocol, or of one that is newer */
    function take({ type, run, after = null, heartbeat, id: first, events, ack, error, key }: Json): boolean {
      switch (type) {
        case "hello":
          if (typeof heartbeat === "number") saidMs = (heartbeat * settings.heartbeatMs) / promisedMs;
          return true;
        case "started":
        case "resumed": {
          if (!isRunInfo(run) || (target.id && target.id !== run.id)) return false;
          target.id = run.id;
          if (beating === undefined) {
            periodMs = line.opened(saidMs);
            pingedAt = performance.now();
            beating = setInterval(ping, periodMs);
          }
          const { state, error } = run;
          // Complete and read: then nothing comes.
          if (state !== "running" && after === run.lastEventId) end = { state, ...(error && { error }) };
          return true;
        }
        case "events": {
          const at = typeof first === "string" ? parseEventId(first) : undefined;
          if (at === undefined || run !== target.id || !Array.isArray(events) || !events.length) return false;
          if (!events.every((event) => isChunk<Chunk>(event))) return false;
          arrivals.push(...events.map((chunk, index) => [`${at.epoch}.${at.seq + index}`, chunk] as const));
          if (ack === true) acks.push(arrivals.at(-1)![0]);
          return true;
        }
        case "error": {
          if (!isErrorBody(error)) return false;
          const { retryAfter = 0 } = error;
          const waitMs = retryAfter > 0 ? retryAfter * 1000 : (settings.retry.baseMs ?? RETRY_BASE_MS);
          const refusal = answered(new TransportError(error, { status: statusOf(error) }), waitMs);
          // Another socket has fresh credentials.
          if (error.code === "unauthorized") over = new LostError(error.message);
          else over = refusal instanceof LostError || run || key ? refusal : fault(error.message);
          return true;
        }
        default:
          return typeof type === "string";
      }
    }

    signal.addEventListener("abort", () => stop(signal.reason));
    try {
      for (;;) {
        if (arrivals.length > 0) {
          const taken = arrivals;
          const marks = acks;
          arrivals = [];
          acks = [];
          yield taken;
          for (const mark of marks) socket.send(JSON.stringify({ type: "ack", run: target.id, id: mark }));
        } else if (end) return end;
        else if (over) throw over;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
    }
  };
}

/** What is no JSON, or no object, has no type. */
function frameOf(data: unknown): Json {
  try {
    return { ...JSON.parse(String(data)) };
  } catch {
    return {};
  }
}

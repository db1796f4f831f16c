import type { IncomingMessage } from "node:http";
import {
  bytesFromJson,
  decodeBinaryFrame,
  encodeBinaryFrame,
  encodeFrame,
  FLOW_WINDOW_BYTES,
  HANDSHAKE_MAX_CHARS,
  isBytes,
  PONG_FRAME,
  statusOf,
  type ClientFrame,
  type ErrorBody,
  type ServerFrame,
} from "@agent-transports/protocol";
import type { RawData, WebSocket } from "ws";
import { chunkToJson, runInfo, type Script, type ScriptedRun, type Wire } from "./script.ts";

/** One WebSocket of the scripted server, PROTOCOL.md §4. */
export function serveSocket(script: Script, socket: WebSocket, request: IncomingMessage): void {
  const { href, searchParams: query } = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const subscriptions = new Map<string, Subscription>();
  let silent = false;
  /** As {@link silent}, but for pings. */
  let mute = false;
  let refusing = false;
  /** What came while nothing is heard. */
  let held: ClientFrame[] | undefined;
  const late = async (ms: number): Promise<void> => {
    const frames: ClientFrame[] = (held = []);
    await new Promise((resolve) => setTimeout(resolve, ms));
    // Behind what this was late for, which is answered before the next timer.
    setTimeout(() => {
      held = undefined;
      for (const frame of frames) receive(frame);
    });
  };
  const send = (frame: ServerFrame): void => {
    if (!silent && !mute) socket.send(frame.type === "events" ? encodeEvents(frame, query.get("binary") === "1") : encodeFrame(frame));
  };
  const serve = (
    run: ScriptedRun | undefined,
    id: string | undefined,
    cursor: string | undefined,
    start?: { readonly key: string; readonly input: unknown },
    joined = true,
  ): void => {
    if (run === undefined) {
      send({ type: "error", error: { code: "run_not_found", message: "There is no such run." }, ...(id === undefined ? {} : { run: id }) });
      return;
    }
    const wire = socketWire(socket, send, {
      script,
      subscriptions,
      cursor,
      key: start?.key,
      late,
      fallSilent: () => (silent = true),
      fallMute: () => (mute = true),
    });
    script
      .serve(wire, run, joined, { run: id, cursor, key: start?.key, query: Object.fromEntries(query), input: start?.input })
      .catch((error: unknown) => {
        console.error("scripted server:", error);
        socket.terminate();
      });
  };
  const plan = script.connect({ path: "", query: Object.fromEntries(query) });
  if (plan === "lost") return socket.terminate();
  if (plan === "mute") return;
  if (plan === "fault") return socket.send("<p>Sign in</p>");
  // Behind the handshake, PROTOCOL.md §4.3.
  if (href.length > HANDSHAKE_MAX_CHARS) return socket.close(4400, "The handshake's URL is too long.");
  if (plan !== "accept") return socket.close(4000 + statusOf(plan), plan.message);
  const heartbeat = query.get("heartbeat");
  if (heartbeat !== null) send({ type: "hello", heartbeat: script.heartbeatMs ?? Number(heartbeat) });
  for (const resume of query.getAll("resume")) {
    const [id = "", cursor] = resume.split(":", 2);
    serve(script.find(id), id, cursor);
  }
  socket.once("close", () => subscriptions.forEach((subscription) => subscription.close()));
  socket.on("message", (data, isBinary) => {
    const frame = decodeFrame(data, isBinary);
    if (held === undefined) receive(frame);
    else held.push(frame);
  });
  function receive(frame: ClientFrame): void {
    if (mute && frame.type !== "ping") return;
    switch (frame.type) {
      case "ping":
        if (!silent) socket.send(PONG_FRAME);
        break;
      case "start": {
        const { run, joined } = script.start(frame.key);
        serve(run, undefined, undefined, frame, joined);
        break;
      }
      case "resume":
        serve(script.find(frame.run), frame.run, frame.after);
        break;
      case "ack":
        subscriptions.get(frame.run)?.acknowledge(frame.id);
        break;
      case "cancel": {
        const error = script.cancel(frame.run);
        const run = script.find(frame.run);
        if (error !== undefined) send({ type: "error", error, run: frame.run, frame: "cancel" });
        else if (run !== undefined) send({ type: "cancelled", run: runInfo(run) });
        break;
      }
      case "input": {
        if (refusing) break; // None may overtake the one that was refused, PROTOCOL.md §4.2.
        const plan = script.inputPlans.shift();
        if (plan === "mute") {
          mute = true;
          break;
        }
        const { run, key } = frame;
        const refuse = (error: ErrorBody): void => send({ type: "error", error, run, key, frame: "input" });
        const accept = (): void => {
          const id = script.input(key, frame.data);
          if (typeof id === "string") send({ type: "accepted", run, key, id });
          else refuse(id);
        };
        if (typeof plan === "object" && "lateMs" in plan) {
          void late(plan.lateMs).then(accept);
          break;
        }
        if (typeof plan === "object") {
          refuse(plan);
          if (plan.code === "too_many_requests") {
            refusing = true;
            socket.close(4429);
          }
          break;
        }
        if (plan === "lost") {
          script.input(key, frame.data);
          socket.terminate();
        } else accept();
        break;
      }
      case "unsubscribe":
        script.unsubscribed.push(frame.run);
        subscriptions.get(frame.run)?.close();
        break;
    }
  }
}

type EventsFrame = Extract<ServerFrame, { readonly type: "events" }>;

/** PROTOCOL.md §4.6. */
function encodeEvents({ events, ...frame }: EventsFrame, binary: boolean): string | Uint8Array {
  const [event] = events;
  if (!binary || event === undefined || !("data" in event) || !isBytes(event.data)) {
    return encodeFrame({ ...frame, events: events.map(chunkToJson) });
  }
  const { data, ...rest } = event;
  return encodeBinaryFrame(JSON.stringify({ ...frame, event: rest }), data);
}

function decodeFrame(data: RawData, isBinary: boolean): ClientFrame {
  const bytes = Uint8Array.from(Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data));
  if (isBinary) {
    const { header, payload } = decodeBinaryFrame(bytes.buffer);
    return { ...JSON.parse(header), data: payload };
  }
  const frame: ClientFrame = JSON.parse(Buffer.from(bytes).toString());
  return frame.type === "input" ? { ...frame, data: bytesFromJson(frame.data) } : frame;
}

/** What a socket is sent of one run. */
interface Subscription {
  acknowledge(id: string): void;
  close(): void;
}

interface SocketOptions {
  readonly script: Script;
  /** By the run's id. */
  readonly subscriptions: Map<string, Subscription>;
  readonly cursor: string | undefined;
  readonly key: string | undefined;
  readonly late: (ms: number) => Promise<void>;
  readonly fallSilent: () => void;
  readonly fallMute: () => void;
}

function socketWire(
  socket: WebSocket,
  send: (frame: ServerFrame) => void,
  { script, subscriptions, cursor, key, late, fallSilent, fallMute }: SocketOptions,
): Wire {
  let outstanding: { readonly id: string; readonly bytes: number }[] = [];
  let unmarked = 0;
  let closed = false;
  let resume: (() => void) | undefined;
  const size = (): number => outstanding.reduce((sum, { bytes }) => sum + bytes, unmarked);
  const subscription: Subscription = {
    acknowledge(id) {
      const at = outstanding.findIndex((frame) => frame.id === id);
      outstanding = outstanding.slice(at + 1);
      resume?.();
    },
    close() {
      closed = true;
      resume?.();
    },
  };
  /** §4.1: a second one for the same run replaces the first. */
  const subscribe = (run: ScriptedRun): void => {
    subscriptions.get(run.id)?.close();
    subscriptions.set(run.id, subscription);
  };
  return {
    open(run, joined) {
      subscribe(run);
      const info = runInfo(run, true, script.tail(run));
      if (key === undefined) send({ type: "resumed", run: info, after: cursor ?? null });
      else send({ type: "started", key, run: info, joined });
    },
    event(run, id, chunk) {
      if (closed) return undefined;
      const bytes = "data" in chunk && isBytes(chunk.data) ? chunk.data.length : JSON.stringify(chunk).length;
      unmarked += bytes;
      const ack = unmarked >= FLOW_WINDOW_BYTES / 2;
      if (ack) {
        outstanding.push({ id, bytes: unmarked });
        unmarked = 0;
      }
      send({ type: "events", run: run.id, id, events: [chunk], ...(ack ? { ack: true } : {}) });
      if (size() < FLOW_WINDOW_BYTES) return undefined;
      return new Promise((resolve) => {
        resume = resolve;
      });
    },
    half: () => undefined, // A frame arrives whole or not at all.
    raw: (data) => socket.send(data),
    bytes: () => Promise.reject(new Error("A WebSocket carries frames and has no byte stream.")),
    // The socket outlives a run; a script that ends it mid-run closes it.
    end: () => undefined,
    closeClean: () => socket.close(1001),
    late,
    fallSilent,
    fallMute,
    reset: () => socket.terminate(),
    refuse: (status) => socket.close(4000 + status),
    error: (error, run, behind) =>
      send({
        type: "error",
        error,
        // A start that is refused has no run.
        ...(key === undefined || behind
          ? { ...(!behind && { frame: "resume" }), ...(run !== undefined && { run }) }
          : { frame: "start", key }),
      }),
    nothing(run) {
      subscribe(run);
      send({ type: "resumed", run: runInfo(run), after: cursor ?? null });
    },
  };
}

import type { IncomingMessage } from "node:http";
import {
  FLOW_WINDOW_BYTES,
  HANDSHAKE_MAX_CHARS,
  heartbeatPeriodMs,
  isBytes,
  PONG_FRAME,
  PROTOCOL_VERSION,
  statusOf,
  type ClientFrame,
  type ErrorBody,
  type ServerFrame,
} from "@agent-transports/protocol";
import type { WebSocket } from "ws";
import { baseOf, locate } from "./address.ts";
import { runInfo, type Script, type ScriptedRun, type Wire } from "./script.ts";
import { decodeClientFrame, encodeServerFrame } from "./socket-frames.ts";
import { SocketWatch } from "./socket-watch.ts";

/** One WebSocket of the scripted server, PROTOCOL.md §4. */
export function serveSocket(script: Script, socket: WebSocket, request: IncomingMessage): void {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  const { href, searchParams: query } = url;
  const binary = query.get("binary") === "1";
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
      watch.heard();
      for (const frame of frames) receive(frame);
    });
  };
  const send = (frame: ServerFrame): void => {
    if (!silent && !mute) socket.send(encodeServerFrame(frame, binary));
  };
  const located = locate(url);
  const { address, path } = "address" in located ? located : { address: { agent: "", name: "" }, path: url.pathname };
  const base = baseOf(address);
  const serve = (run: ScriptedRun | undefined, { id, cursor, start, joined = true, paced }: Following): void => {
    if (run === undefined) {
      send({ type: "error", error: noSuchRun, ...(id === undefined ? {} : { run: id }) });
      return;
    }
    const wire = socketWire(socket, send, {
      script,
      base,
      subscriptions,
      cursor,
      key: start?.key,
      paced,
      begun: () => watch.heard(),
      late,
      fallSilent: () => (silent = true),
      fallMute: () => (mute = true),
    });
    script
      .serve(wire, run, joined, { ...address, run: id, cursor, key: start?.key, query: Object.fromEntries(query), input: start?.input })
      .catch((error: unknown) => {
        console.error("scripted server:", error);
        socket.terminate();
      });
  };
  const plan = script.connect({ ...address, path, query: Object.fromEntries(query) });
  const index = script.connected.length - 1;
  if (plan === "lost") return socket.terminate();
  if (plan === "mute") return;
  if (plan === "fault") return socket.send("<p>Sign in</p>");
  // Behind the handshake, PROTOCOL.md §4.3.
  const refusal = plan === "accept" ? refusalOf(href, "address" in located ? path : located, query) : plan;
  if (refusal !== undefined) return socket.close(4000 + statusOf(refusal), refusal.message);
  const heartbeat = query.get("heartbeat");
  const askedMs = heartbeatPeriodMs(heartbeat);
  const saidMs = typeof script.heartbeatMs === "number" && script.heartbeatMs > 0 ? script.heartbeatMs : askedMs;
  const watch = new SocketWatch({
    heartbeatMs: heartbeat === null ? undefined : saidMs,
    // Who is to seem gone, hung or late says nothing of who is silent.
    follows: () => !silent && !mute && held === undefined && [...subscriptions.values()].some(({ live }) => live),
    onSilent(ms) {
      const message = `Nothing was heard for ${Math.round(ms)} ms. Send a ping in each period of the heartbeat.`;
      send({ type: "error", error: { code: "request_timeout", message } });
      socket.close(4408, message);
    },
  });
  socket.once("close", () => {
    watch.stop();
    subscriptions.forEach((subscription) => subscription.close());
  });
  if (!query.has("v")) {
    // For an agent this is a client of the Agents SDK: it tells it who it is, and serves it nothing of this protocol.
    socket.send(JSON.stringify({ type: "cf_agent_identity", ...address }));
    mute = true;
  } else if (heartbeat !== null) send({ type: "hello", heartbeat: script.heartbeatMs ?? askedMs });
  for (const resume of query.has("v") ? query.getAll("resume") : []) {
    const [id = "", cursor] = resume.split(":", 2);
    serve(script.find(id, address), { id, cursor, paced: query.get("acks") === "1" });
  }
  socket.on("message", (data, isBinary) => {
    const read = decodeClientFrame(data, isBinary, binary);
    if ("error" in read) send({ type: "error", error: read.error });
    else if (held === undefined) receive(read.frame);
    else held.push(read.frame);
  });
  function receive(frame: ClientFrame): void {
    watch.heard();
    if (mute && frame.type !== "ping") return;
    switch (frame.type) {
      case "ping":
        script.ping(index);
        if (!silent) socket.send(PONG_FRAME);
        break;
      case "start": {
        const { run, joined } = script.start(frame.key, address);
        serve(run, { id: undefined, cursor: undefined, start: frame, joined, paced: frame.acks === true });
        break;
      }
      case "resume":
        serve(script.find(frame.run, address), { id: frame.run, cursor: frame.after, paced: frame.acks === true });
        break;
      case "ack":
        subscriptions.get(frame.run)?.acknowledge(frame.id);
        break;
      case "cancel": {
        const run = script.find(frame.run, address);
        const error = run === undefined ? undefined : script.cancel(frame.run);
        if (run !== undefined && error === undefined) send({ type: "cancelled", run: runInfo(run, base) });
        else send({ type: "error", error: error ?? noSuchRun, run: frame.run, frame: "cancel" });
        break;
      }
      case "input": {
        const { run, key } = frame;
        const refuse = (error: ErrorBody): void => send({ type: "error", error, run, key, frame: "input" });
        if (refusing) break; // None may overtake the one that was refused, PROTOCOL.md §4.2.
        if (script.find(run, address) === undefined) {
          refuse(noSuchRun);
          break;
        }
        const plan = script.inputPlans.shift();
        if (plan === "mute") {
          mute = true;
          break;
        }
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
      case "busy":
        watch.busy(frame.ms);
        break;
      default:
        send({
          type: "error",
          error: { code: "invalid_request", message: "There is no frame of this type. PROTOCOL.md §4.1 lists them." },
        });
    }
  }
}

const noSuchRun = { code: "run_not_found", message: "There is no such run." } as const;

/** What asks for a run's events: a start, or a resume. */
interface Following {
  /** Of a resume. */
  readonly id: string | undefined;
  readonly cursor: string | undefined;
  readonly start?: { readonly key: string; readonly input: unknown };
  readonly joined?: boolean;
  /** Whether it asked for flow control (PROTOCOL.md §4.4). */
  readonly paced: boolean;
}

/** What an agent refuses a handshake for, in its order. @param path below the agent, or what is wrong with a URL that names none */
function refusalOf(href: string, path: string | ErrorBody, query: URLSearchParams): ErrorBody | undefined {
  if (href.length > HANDSHAKE_MAX_CHARS) return { code: "invalid_request", message: "The handshake's URL is too long." };
  if (typeof path !== "string") return path;
  const version = query.get("v");
  if (version === null) return undefined;
  if (version !== String(PROTOCOL_VERSION))
    return { code: "invalid_request", message: `This agent speaks version ${PROTOCOL_VERSION} of the protocol.` };
  if (path !== "") return { code: "not_found", message: "There is no such path. Open a socket at the agent's own URL." };
  return undefined;
}

/** What a socket is sent of one run. */
interface Subscription {
  /** Whether more of its run is to come. */
  readonly live: boolean;
  acknowledge(id: string): void;
  close(): void;
}

interface SocketOptions {
  readonly script: Script;
  /** The agent's path. */
  readonly base: string;
  /** By the run's id. */
  readonly subscriptions: Map<string, Subscription>;
  readonly cursor: string | undefined;
  readonly key: string | undefined;
  readonly paced: boolean;
  readonly begun: () => void;
  readonly late: (ms: number) => Promise<void>;
  readonly fallSilent: () => void;
  readonly fallMute: () => void;
}

function socketWire(
  socket: WebSocket,
  send: (frame: ServerFrame) => void,
  { script, base, subscriptions, cursor, key, paced, begun, late, fallSilent, fallMute }: SocketOptions,
): Wire {
  let outstanding: { readonly id: string; readonly bytes: number }[] = [];
  let unmarked = 0;
  let closed = false;
  let ended = false;
  let resume: (() => void) | undefined;
  const size = (): number => outstanding.reduce((sum, { bytes }) => sum + bytes, unmarked);
  const subscription: Subscription = {
    get live() {
      return !closed && !ended;
    },
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
    begun();
  };
  return {
    open(run, joined) {
      subscribe(run);
      const info = runInfo(run, base, true, script.tail(run));
      if (key === undefined) send({ type: "resumed", run: info, after: cursor ?? null });
      else send({ type: "started", key, run: info, joined });
    },
    event(run, id, chunk) {
      if (closed) return undefined;
      if (!paced) {
        send({ type: "events", run: run.id, id, events: [chunk] });
        return undefined;
      }
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
    end: () => void (ended = true),
    closeClean: () => socket.close(1001),
    late,
    fallSilent,
    fallMute,
    reset: () => socket.terminate(),
    refuse: (status) => socket.close(4000 + status),
    error(error, run, behind) {
      ended = true;
      send({
        type: "error",
        error,
        // A start that is refused has no run.
        ...(key === undefined || behind
          ? { ...(!behind && { frame: "resume" }), ...(run !== undefined && { run }) }
          : { frame: "start", key }),
      });
    },
    nothing(run) {
      subscribe(run);
      ended = true;
      send({ type: "resumed", run: runInfo(run, base), after: cursor ?? null });
    },
  };
}

import { AGENT_SEGMENT, DEFAULT_AGENT_NAME, type ClientTool, type RunInput } from "@agent-transports/protocol";
import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import { callBack } from "../errors/callback.ts";
import { asTransportError, invalid } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";
import type { ClientOptions, ConnectOptions, ItemStorage, Run, TransportClient } from "../interface/client.ts";
import { randomKey } from "../run/random-key.ts";
import { unlessAborted } from "../run/requests.ts";
import { GuardedStorage, inTime } from "../storage/guarded-storage.ts";
import { AnsweredCalls } from "./answered-calls.ts";
import { readAnswer } from "./answer.ts";
import { ChatEntries, type ChatEntry } from "./chat-entries.ts";
import { chatInput, continuedMessage, isSame } from "./chat-input.ts";
import { ChatConnections, type ChatConnection, type ChatConnectionListener } from "./connections.ts";
import { Reconnects, type AbortMeaning } from "./reconnects.ts";

/**
 * So long after a stop, a question behind it waits: for a storage that hangs (5 s), or for a cancel that is refused for now, and is tried again after up to 0.5, 1,
 * 2 and 4 s. A lost connection may take longer, and keeps the question as well. What keeps the cancel alone must not: an answer is worth more than its place.
 */
const STOP_LIMIT_MS = 10_000;

/** So long `close()` lets stops under way go on: an agent that is there confirms one in a round trip, and a process or a page must not wait for one that is not. */
const CLOSE_LIMIT_MS = 5_000;

/** What a chat has beside its client's options. */
export interface ChatOptions {
  /**
   * What a run is started with. `client`: all of the chat's messages, which the agent does not keep. `agent`: only what is new, the user's
   * message or the outputs of tools, because the agent keeps the conversation. Default `client`.
   */
  readonly context?: "client" | "agent";
  /** Tools that the application carries out, offered to the model in every run. */
  readonly tools?: Readonly<Record<string, ClientTool>>;
  /** Remembers which run a chat has to come back to after a reload. Default: `sessionStorage` where the page may use one, else memory. */
  readonly storage?: ItemStorage;
  /** Told what has no other way to the application: a storage that failed, a stop that the agent refused, or had not confirmed when `close()` gave it up. Default: `console.error`. */
  readonly onError?: (error: TransportError) => void;
}

type SendOptions<Message extends UIMessage> = Parameters<ChatTransport<Message>["sendMessages"]>[0];
type ReconnectOptions<Message extends UIMessage> = Parameters<ChatTransport<Message>["reconnectToStream"]>[0];
type ChunkStream = ReadableStream<UIMessageChunk>;

/** Which agent it is. */
type AgentOptions = Pick<ClientOptions, "url" | "agent" | "name">;

/** What is to be cancelled; `undefined` where it turns out that there is nothing. */
type Stopped = Run<UIMessageChunk> | undefined;

/** What begins a run, or should have. */
interface Sent {
  readonly key: string;
  readonly input: RunInput;
  /** Whether the agent may have it. */
  asked?: boolean;
  /** The application stopped it: it is sent on all the same, until there is a run to cancel. */
  stopped?: boolean;
}

/** The AI SDK's `ChatTransport` over either client: an answer is a run, and survives what its connection does not. */
export class AgentChatTransport<Message extends UIMessage = UIMessage> implements ChatTransport<Message> {
  /** Tells the AI SDK to build a resumed message from nothing. */
  readonly resumeStreamIsReplay = true;
  /**
   * Calls the listener at each change of a chat's connection; gives back what stops that. Bound, so that with {@link AgentChatTransport.connectionOf} it is
   * what React's `useSyncExternalStore` takes.
   */
  readonly onStateChange = (listener: ChatConnectionListener): (() => void) => this.#connections.subscribe(listener);
  readonly #createClient: () => TransportClient;
  readonly #options: ChatOptions & AgentOptions;
  #made: ChatEntries | undefined;
  #client: TransportClient | undefined;
  readonly #connections = new ChatConnections();
  readonly #reconnects = new Reconnects();
  /** The reconnects that have no event yet. */
  readonly #waiting = new Set<{ readonly chatId: string; readonly giveUp: () => void }>();
  /** What ends the answers that are read, and the stopped starts that no agent has ever answered. */
  readonly #reading = new Set<() => void>();
  readonly #stopping = new Set<Promise<void>>();
  /** By chat, the end of its stops: in time, or too late. */
  readonly #stopped = new Map<string, Promise<unknown>>();
  /** Counts the starts. */
  #starts = 0;
  /** By chat, what is asked for once more on a retry: the last start, where that was refused or never answered. */
  readonly #failed = new Map<string, Sent>();
  /** Kept for `context: "agent"`. */
  readonly #answered = new AnsweredCalls();

  /**
   * @param createClient called when the first run needs it, because a module may be loaded where its URL means nothing
   * @throws TransportError `invalid_option` for a `context` that is none
   */
  constructor(createClient: () => TransportClient, options: ChatOptions & AgentOptions) {
    const { context = "client" } = options;
    if (context !== "client" && context !== "agent") throw invalid("context", context, '"client" or "agent"');
    this.#createClient = createClient;
    this.#options = options;
  }

  /** What the connection of a chat's answer is doing now. The same object until that changes. */
  connectionOf(chatId: string): ChatConnection {
    return this.#connections.get(chatId);
  }

  /** Opens a connection before anything is asked, as {@link TransportClient.connect} does: when the chat is shown, or its input gets the focus. */
  connect(options?: ConnectOptions): Promise<void> {
    // Options that cannot work make it reject.
    const connected = (async () => this.#use().connect(options))();
    // As of a client, a rejection that nobody looks at is not reported.
    connected.catch(() => undefined);
    return connected;
  }

  /** Whether a run was begun in this chat and not read to its end: whether `resumeStream()` has something to come back to. */
  async canResume(chatId: string): Promise<boolean> {
    const entry = await this.#entries.load(chatId);
    return !!entry && !entry.stopped;
  }

  /** @throws TransportError where the start is refused, no connection was ever made, or what is asked cannot be expressed */
  async sendMessages({ chatId, abortSignal, ...request }: SendOptions<Message>): Promise<ChunkStream> {
    const input = chatInput(request, this.#options, this.#answered.of(chatId), this.#failed.get(chatId)?.input);
    const continues = continuedMessage(request);
    abortSignal?.throwIfAborted();
    // Whoever writes on does not wait for what was there before.
    for (const waiting of this.#waiting) if (waiting.chatId === chatId) waiting.giveUp();
    // Taken before the wait: a transport that is closed meanwhile begins nothing.
    const client = this.#use();
    if (this.#options.context === "agent") await this.#untilStopped(chatId, abortSignal);
    const failed = this.#failed.get(chatId);
    // The agent may have begun what it could not answer: asked for again under its key, that run is joined.
    const sent: Sent = failed && isSame(failed.input, input) ? failed : { key: randomKey(), input };
    // Stopped behind a stop, it was never sent.
    if (abortSignal?.aborted) this.#failed.set(chatId, sent);
    abortSignal?.throwIfAborted();
    const number = (this.#starts += 1);
    const run = this.#follow(chatId, client, (signal) => client.start<UIMessageChunk>(input, { key: sent.key, signal }), sent);
    let stop!: () => void;
    // A signal may outlive thousands of answers.
    const forget = (): void => abortSignal?.removeEventListener("abort", stop);
    const id = await new Promise<string>((resolve, reject) => {
      run.started.then(resolve, reject);
      stop = () => {
        // Asked for once more, it must not join the run that this cancels. The agent does not have what was never sent.
        if (this.#failed.get(chatId) === failed && (failed === sent || isUnsent(run, sent)))
          this.#failed.set(chatId, { key: randomKey(), input });
        this.#stop(chatId, run, number, sent);
        reject(abortSignal?.reason);
      };
      abortSignal?.addEventListener("abort", stop, { once: true });
    }).catch((error: unknown) => {
      forget();
      if (error instanceof TransportError) this.#failed.set(chatId, sent);
      throw error;
    });
    this.#failed.delete(chatId);
    await this.#entries.save(chatId, { run: id, continues }, number);
    return this.#toStream(run, this.#read(chatId, run, { run: id, continues }, false), forget);
  }

  /**
   * The run that was begun in this chat and not read to its end, from its first event; `null` where there is none (any more). Each Chat of
   * one id is given it.
   *
   * @throws TransportError where no connection was ever made, or the agent refuses
   */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions<Message>): Promise<ChunkStream | null> {
    let run: Run<UIMessageChunk> | undefined;
    let over: AbortMeaning | undefined;
    // Taken before the wait, as above.
    const client = this.#use();
    const loading = this.#entries.load(chatId);
    const number = this.#entries.numberOf(chatId);
    const end = (meaning: AbortMeaning): void => {
      over = meaning;
      if (meaning === "stopped")
        this.#stop(chatId, run ?? loading.then((entry) => entry && client.resume<UIMessageChunk>(entry.run)), number);
      else run?.close();
    };
    const forget = this.#reconnects.begin(chatId, abortSignal, end);
    const waiting = { chatId, giveUp: () => end("superseded") };
    this.#waiting.add(waiting);
    let entry: ChatEntry | undefined;
    let stream: ChunkStream | null = null;
    try {
      entry = await loading;
      if (!entry || over) return null;
      const id = entry.run;
      if (entry.stopped) {
        end("stopped");
        return null;
      }
      run = this.#follow(chatId, client, (signal) => client.resume<UIMessageChunk>(id, { signal }));
      const chunks = this.#read(chatId, run, entry, true);
      const first = await chunks.next();
      stream = this.#toStream(run, chunks, forget, first);
      return stream;
    } catch (error) {
      if (entry && isGone(error)) await this.#entries.remove(chatId, entry.run);
      else if (!over) throw error;
      return null;
    } finally {
      if (stream === null) forget();
      this.#waiting.delete(waiting);
    }
  }

  /**
   * Ends what is read, and lets go of the connection once the stops under way have reached the agent, after five seconds at the latest. A stopped question is
   * tried no more where three tries have failed, and no agent has ever answered. Runs go on at the agent.
   */
  close(): void {
    for (const end of this.#reading) end();
    const client = this.#client;
    this.#client = undefined;
    // A stop of this turn may be there only behind it.
    queueMicrotask(
      () =>
        void inTime(Promise.all(this.#stopping), CLOSE_LIMIT_MS)
          .catch(() => undefined)
          .then(() => client?.close()),
    );
  }

  get #entries(): ChatEntries {
    return (this.#made ??= new ChatEntries(
      new GuardedStorage(this.#options.storage, scopeOf(this.#options), (error) => this.#report(error)),
    ));
  }

  #use(): TransportClient {
    return (this.#client ??= this.#createClient());
  }

  /** A run as the chat has it: its connection is told of, and one that was never made is an error, so that `useChat` shows it. */
  #follow(
    chatId: string,
    client: TransportClient,
    begin: (signal: AbortSignal) => Run<UIMessageChunk>,
    sent: Partial<Sent> = {},
  ): Run<UIMessageChunk> {
    const never = new AbortController();
    const run = begin(never.signal);
    // No runtime tells of a request that was lost whether it had arrived.
    if (client.transport === "sse") sent.asked = true;
    // What is told in this turn is of tries before this run, where the client waits for its next one: that may work.
    let before = true;
    queueMicrotask(() => (before = false));
    let giveUp = (): void => never.abort();
    run.onStateChange(({ to, error }) => {
      if (to === "open") sent.asked = true;
      this.#reading.delete(giveUp);
      if (before || to !== "waiting" || error?.code !== "never_connected") return;
      giveUp = () => never.abort(error);
      // Not inside of the client's own turn.
      queueMicrotask(() => {
        // A stop may have something to cancel: it is tried on, for as long as the transport is open.
        if (sent.stopped && client === this.#client) this.#reading.add(giveUp);
        else giveUp();
      });
    });
    this.#connections.follow(chatId, run);
    return run;
  }

  #read(chatId: string, run: Run<UIMessageChunk>, entry: ChatEntry, replay: boolean): AsyncGenerator<UIMessageChunk, undefined> {
    return readAnswer(run, {
      continues: entry.continues,
      replay,
      onChunk: this.#answered.read(chatId, entry),
      onEnd: () => this.#entries.remove(chatId, entry.run),
    });
  }

  /** @param forget lets go of what stops the run: called once nobody reads it any more, whichever way that came */
  #toStream(
    run: Run<UIMessageChunk>,
    chunks: AsyncGenerator<UIMessageChunk, undefined>,
    forget: () => void,
    first?: IteratorResult<UIMessageChunk, undefined>,
  ): ChunkStream {
    let next = first;
    const over = (): void => {
      this.#reading.delete(close);
      forget();
    };
    const close = (): void => {
      over();
      run.close();
    };
    this.#reading.add(close);
    return new ReadableStream<UIMessageChunk>(
      {
        pull: async (controller) => {
          try {
            const { done, value } = next ?? (await chunks.next());
            next = undefined;
            if (done !== true) return controller.enqueue(value);
            controller.close();
            over();
          } catch (error) {
            over();
            throw error;
          }
        },
        cancel: close,
      },
      // Each event counts as received when the AI SDK has asked for it, and not before.
      { highWaterMark: 0 },
    );
  }

  /** Cancels a run for good: also one whose start is still under way, and also after a reload, should the page go before the agent hears of it. */
  #stop(chatId: string, run: Stopped | Promise<Stopped>, number: number, sent?: Partial<Sent>): void {
    const stopping = this.#cancel(chatId, run, number, sent)
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
    const before = this.#stopped.get(chatId);
    this.#stopped.set(
      chatId,
      inTime(stopping, STOP_LIMIT_MS)
        .catch(() => undefined)
        .then(() => before),
    );
  }

  /** Until the agent has confirmed this chat's stops: the half answers are in its conversation then, and what is asked now comes behind them. */
  async #untilStopped(chatId: string, signal: AbortSignal = new AbortController().signal): Promise<void> {
    // What an abort of this turn says is known in a microtask: see Reconnects. An abort of this signal is the caller's.
    await unlessAborted(
      Promise.resolve().then(() => this.#stopped.get(chatId)),
      signal,
    ).catch(() => undefined);
  }

  /** @param number of its start, or of the one that had the entry when it was resumed */
  async #cancel(chatId: string, stopped: Stopped | Promise<Stopped>, number: number, sent: Partial<Sent> = {}): Promise<void> {
    sent.stopped = true;
    const run = await stopped;
    if (!run || run.end) return;
    this.#connections.leave(run);
    // Where a socket was never open for it, there is no run at the agent, and none is begun.
    if (isUnsent(run, sent)) return run.close();
    const id = await run.started.catch(() => undefined);
    // What was never begun needs no cancelling; that it was refused, sendMessages has said.
    if (!id) return;
    run.close();
    // A slow storage does not hold up the cancel.
    const saved = this.#entries.save(chatId, { run: id, stopped: true }, number);
    try {
      await run.cancel();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    await saved;
    await this.#entries.remove(chatId, id);
  }

  #report(error: unknown): void {
    callBack(this.#options.onError ?? console.error, asTransportError(error));
  }
}

/** Of the entries of this agent's chats, whichever transport reads them: another host may have an agent of the same name. */
function scopeOf({ url, agent = AGENT_SEGMENT, name = DEFAULT_AGENT_NAME }: AgentOptions): string {
  let at = String(url);
  try {
    const { host, pathname } = new URL(url, (globalThis as { location?: { href?: string } }).location?.href);
    at = host + pathname.replace(/\/+$/, "");
  } catch {
    // Said where the client is made.
  }
  return `chat:${at}/${agent}/${name}`;
}

/** Whether no socket was ever open for it. */
function isUnsent({ id }: Run<UIMessageChunk>, { asked }: Partial<Sent>): boolean {
  return !id && !asked;
}

/** Whether the agent no longer has the run, or its events. */
function isGone(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  return error.code === "run_not_found" || error.code === "run_gone" || (error.code === "cannot_resume" && error.reason === "expired");
}

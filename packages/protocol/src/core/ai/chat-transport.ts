import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import type { ClientOptions, ItemStorage, Run, TransportClient } from "../../client.ts";
import { AGENT_SEGMENT, DEFAULT_AGENT_NAME } from "../../constants.ts";
import { TransportError } from "../../errors.ts";
import type { ClientTool } from "../../run.ts";
import { GuardedStorage } from "../storage.ts";
import { readAnswer } from "./answer.ts";
import { ChatEntries, type ChatEntry } from "./chat-entries.ts";
import { chatInput, continuedMessage } from "./chat-input.ts";

/** What a chat has beside its client's options. */
export interface ChatOptions {
  /**
   * What a run is started with. `client`: all of the chat's messages, which the agent does not keep. `agent`: only what is new, the user's
   * message or the outputs of tools, because the agent keeps the conversation. Default `client`.
   */
  readonly context?: "client" | "agent";
  /** Tools that the application carries out, offered to the model in every run. */
  readonly tools?: Readonly<Record<string, ClientTool>>;
  /** Remembers which run a chat has to come back to after a reload. Default: `sessionStorage` where there is one, else memory. */
  readonly storage?: ItemStorage;
  /** Told what has no other way to the application: a storage that failed, a stop that the agent refused. Default: `console.error`. */
  readonly onError?: (error: TransportError) => void;
}

type SendOptions<Message extends UIMessage> = Parameters<ChatTransport<Message>["sendMessages"]>[0];
type ReconnectOptions<Message extends UIMessage> = Parameters<ChatTransport<Message>["reconnectToStream"]>[0];
type ChunkStream = ReadableStream<UIMessageChunk>;

/** The AI SDK's `ChatTransport` over either client: an answer is a run, and survives what its connection does not. */
export class AgentChatTransport<Message extends UIMessage = UIMessage> implements ChatTransport<Message> {
  /** Tells the AI SDK to build a resumed message from nothing. */
  readonly resumeStreamIsReplay = true;
  readonly #createClient: () => TransportClient;
  readonly #options: ChatOptions;
  readonly #entries: ChatEntries;
  #client: TransportClient | undefined;
  /** The newest reconnect of each chat. */
  readonly #reconnects = new Map<string, AbortController>();
  /** Those that have no event yet. */
  readonly #waiting = new Map<string, AbortController>();
  readonly #reading = new Set<Run<UIMessageChunk>>();
  readonly #stopping = new Set<Promise<void>>();
  /** Tool calls that the agent answered itself; kept for `context: "agent"`. */
  readonly #answered = new Set<string>();

  /** @param createClient called when the first run needs it, because a module may be loaded where its URL means nothing */
  constructor(createClient: () => TransportClient, options: ChatOptions & Pick<ClientOptions, "agent" | "name">) {
    const { agent = AGENT_SEGMENT, name = DEFAULT_AGENT_NAME, storage } = options;
    this.#createClient = createClient;
    this.#options = options;
    this.#entries = new ChatEntries(new GuardedStorage(storage, `${agent}/${name}`, (error) => this.#report(error)));
  }

  /** @throws TransportError where the start is refused, or what is asked cannot be expressed */
  async sendMessages({ chatId, abortSignal, ...request }: SendOptions<Message>): Promise<ChunkStream> {
    const input = chatInput(request, this.#options, this.#answered);
    const continues = continuedMessage(request);
    abortSignal?.throwIfAborted();
    // Whoever writes on does not wait for what was there before.
    this.#waiting.get(chatId)?.abort();
    const run = this.#use().start<UIMessageChunk>(input);
    abortSignal?.addEventListener("abort", () => this.#stop(chatId, run), { once: true });
    const id = await new Promise<string>((resolve, reject) => {
      run.started.then(resolve, reject);
      abortSignal?.addEventListener("abort", () => reject(abortSignal.reason), { once: true });
    });
    await this.#entries.save(chatId, { run: id, continues });
    return this.#toStream(run, this.#read(chatId, run, { run: id, continues }, false));
  }

  /** The run that was begun in this chat and not read to its end, from its first event; `null` where there is none (any more). */
  async reconnectToStream({ chatId, abortSignal }: ReconnectOptions<Message>): Promise<ChunkStream | null> {
    this.#reconnects.get(chatId)?.abort();
    const reconnect = new AbortController();
    this.#reconnects.set(chatId, reconnect);
    this.#waiting.set(chatId, reconnect);
    const giveUp = (): void => reconnect.abort();
    abortSignal?.addEventListener("abort", giveUp, { once: true });
    const entry = await this.#entries.load(chatId);
    if (entry === undefined || reconnect.signal.aborted || abortSignal?.aborted === true) return null;
    const run = this.#use().resume<UIMessageChunk>(entry.run, { signal: reconnect.signal });
    if (entry.stopped === true) {
      this.#stop(chatId, run);
      return null;
    }
    const chunks = this.#read(chatId, run, entry, true);
    let first: IteratorResult<UIMessageChunk, undefined>;
    try {
      first = await chunks.next();
    } catch (error) {
      if (isGone(error)) await this.#entries.remove(chatId, entry.run);
      else if (!reconnect.signal.aborted) throw error;
      return null;
    } finally {
      abortSignal?.removeEventListener("abort", giveUp);
      if (this.#waiting.get(chatId) === reconnect) this.#waiting.delete(chatId);
    }
    abortSignal?.addEventListener(
      "abort",
      () => {
        // The AI SDK aborts a resumed stream when it is stopped, and also when it asks for it again, which it does in the same turn.
        queueMicrotask(() => {
          if (this.#reconnects.get(chatId) === reconnect) this.#stop(chatId, run);
          else run.close();
        });
      },
      { once: true },
    );
    return this.#toStream(run, chunks, first);
  }

  /** Ends what is read, and lets go of the connection once the stops under way have reached the agent. Runs go on at the agent. */
  close(): void {
    for (const run of this.#reading) run.close();
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) void Promise.allSettled(this.#stopping).then(() => client.close());
  }

  #use(): TransportClient {
    return (this.#client ??= this.#createClient());
  }

  #read(chatId: string, run: Run<UIMessageChunk>, entry: ChatEntry, replay: boolean): AsyncGenerator<UIMessageChunk, undefined> {
    return readAnswer(run, {
      continues: entry.continues,
      replay,
      onToolOutput: (toolCallId) => {
        if (this.#options.context === "agent") this.#answered.add(toolCallId);
      },
      onEnd: () => this.#entries.remove(chatId, entry.run),
    });
  }

  #toStream(
    run: Run<UIMessageChunk>,
    chunks: AsyncGenerator<UIMessageChunk, undefined>,
    first?: IteratorResult<UIMessageChunk, undefined>,
  ): ChunkStream {
    let next = first;
    this.#reading.add(run);
    return new ReadableStream<UIMessageChunk>(
      {
        pull: async (controller) => {
          try {
            const { done, value } = next ?? (await chunks.next());
            next = undefined;
            if (done !== true) return controller.enqueue(value);
            controller.close();
            this.#reading.delete(run);
          } catch (error) {
            this.#reading.delete(run);
            throw error;
          }
        },
        cancel: () => {
          this.#reading.delete(run);
          run.close();
        },
      },
      // Each event counts as received when the AI SDK has asked for it, and not before.
      { highWaterMark: 0 },
    );
  }

  /** Cancels a run for good: also one whose start is still under way, and also after a reload, should the page go before the agent hears of it. */
  #stop(chatId: string, run: Run<UIMessageChunk>): void {
    const stopping = this.#cancel(chatId, run)
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }

  async #cancel(chatId: string, run: Run<UIMessageChunk>): Promise<void> {
    if (run.end !== undefined) return;
    const id = await run.started.catch(() => undefined);
    // What was never begun needs no cancelling; that it was refused, sendMessages has said.
    if (id === undefined) return;
    run.close();
    await this.#entries.save(chatId, { run: id, stopped: true });
    try {
      await run.cancel();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    await this.#entries.remove(chatId, id);
  }

  #report(error: unknown): void {
    const { onError = (given: TransportError) => console.error(given) } = this.#options;
    onError(error instanceof TransportError ? error : new TransportError({ code: "internal", message: String(error) }, { cause: error }));
  }
}

/** Whether the agent no longer has the run, or its events. */
function isGone(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  return error.code === "run_not_found" || error.code === "run_gone" || (error.code === "cannot_resume" && error.reason === "expired");
}

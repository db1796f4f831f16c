import { valueOf, type BidiSession } from "./bidi.ts";

/** A request of a page. */
export interface TabRequest {
  readonly url: string;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What a request is answered in the place of its server. */
export interface TabAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Those of one Firefox, of which one has the focus. */
export interface Windows {
  /** Once nobody needs the focus. */
  free: Promise<void>;
}

/** In the page: a document hears of its window's focus a little later. */
const FOCUS_HEARD = `new Promise((resolve) => {
  const giveUpAt = performance.now() + 1_000;
  const look = () => document.hasFocus() || performance.now() > giveUpAt ? resolve(document.hasFocus()) : setTimeout(look, 10);
  look();
})`;

/** One tab, in a window of its own: a tab behind another one is hidden, and draws nothing. */
export class FirefoxTab {
  /** What the page printed as a warning or an error, and what it threw. */
  readonly faults: string[] = [];
  readonly #session: BidiSession;
  readonly #windows: Windows;
  readonly #userContext: string;
  readonly #context: string;
  readonly #requested = new Set<(request: TabRequest) => void>();
  #answer: ((request: TabRequest) => TabAnswer | undefined) | undefined;
  readonly #stopListening: () => void;

  private constructor(session: BidiSession, windows: Windows, userContext: string, context: string) {
    this.#session = session;
    this.#windows = windows;
    this.#userContext = userContext;
    this.#context = context;
    this.#stopListening = session.listen((method, params) => this.#take(method, params));
  }

  static async open(session: BidiSession, windows: Windows, userContext: string): Promise<FirefoxTab> {
    const { context } = await session.send("browsingContext.create", { type: "window", userContext });
    return new FirefoxTab(session, windows, userContext, String(context));
  }

  /** Another one, which shares storage and connections with this. */
  beside(): Promise<FirefoxTab> {
    return FirefoxTab.open(this.#session, this.#windows, this.#userContext);
  }

  /** With all that are beside it, and what they kept. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#session.send("browser.removeUserContext", { userContext: this.#userContext });
  }

  /** Resolves once the document is loaded. */
  async goto(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { url, wait: "complete" });
  }

  async reload(): Promise<void> {
    await this.#send("browsingContext.reload", { wait: "complete" });
  }

  /** As the back button does. Resolves before the document is there. */
  async goBack(): Promise<void> {
    await this.#send("browsingContext.traverseHistory", { delta: -1 });
  }

  /** The value of an expression in the page, once it is there. @throws BidiError where the document goes away meanwhile */
  async evaluate(expression: string): Promise<unknown> {
    return valueOf(await this.#evaluate(expression));
  }

  async #evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#session.send("script.evaluate", {
      expression,
      target: { context: this.#context },
      awaitPromise: true,
    });
    const { text }: { text?: unknown } = Object(exceptionDetails);
    if (exceptionDetails !== undefined) throw new Error(`The page threw: ${String(text)}`);
    return result;
  }

  /** Before a document's own scripts, from the next one on. @param declaration of a function */
  async addInitScript(declaration: string): Promise<void> {
    await this.#session.send("script.addPreloadScript", { functionDeclaration: declaration, contexts: [this.#context] });
  }

  async setViewport(viewport: { readonly width: number; readonly height: number }): Promise<void> {
    await this.#send("browsingContext.setViewport", { viewport });
  }

  /** The browser opens no connection for it. What is open stays. */
  async setOffline(offline: boolean): Promise<void> {
    await this.#session.send("emulation.setNetworkConditions", {
      contexts: [this.#context],
      networkConditions: offline ? { type: "offline" } : null,
    });
  }

  /**
   * Its window has the focus meanwhile, and others wait for it: the fields of any other window are not told that they have it, lose it or change. Where many
   * windows open and close, Firefox now and then never tells a document that it has the focus. It is not waited for, and `document.hasFocus()` tells.
   */
  async withFocus<Value>(action: () => Promise<Value>): Promise<Value> {
    const before = this.#windows.free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#windows.free = promise;
    await before;
    try {
      await this.#send("browsingContext.activate", {});
      await this.evaluate(FOCUS_HEARD);
      return await action();
    } finally {
      resolve();
    }
  }

  /** With the mouse, at a place of the viewport. */
  async click(x: number, y: number): Promise<void> {
    await this.#perform("pointer", [
      { type: "pointerMove", x: Math.round(x), y: Math.round(y) },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ]);
  }

  /** Each key goes down and up, in order. @param keys characters, and keys by WebDriver's code points */
  async type(keys: string): Promise<void> {
    await this.#perform(
      "key",
      Array.from(keys).flatMap((value) => [
        { type: "keyDown", value },
        { type: "keyUp", value },
      ]),
    );
  }

  async #perform(type: "key" | "pointer", actions: readonly object[]): Promise<void> {
    await this.#send("input.performActions", { actions: [{ type, id: type, actions }] });
  }

  /** @param expression of the field that they are chosen in */
  async setFiles(expression: string, files: readonly string[]): Promise<void> {
    const { sharedId }: { sharedId?: unknown } = Object(await this.#evaluate(expression));
    await this.#send("input.setFiles", { element: { sharedId }, files });
  }

  /** The file that the page gives out next. @returns where it is, as long as Firefox runs */
  async downloaded(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    const stopListening = this.#session.listen((method, params) => {
      if (method === "browsingContext.downloadEnd" && params["context"] === this.#context) resolve(params);
    });
    const { status, filepath } = await promise;
    stopListening();
    if (status !== "complete") throw new Error(`The download is ${String(status)}.`);
    return String(filepath);
  }

  onRequest(listener: (request: TabRequest) => void): void {
    this.#requested.add(listener);
  }

  /** From now on it may answer requests. What it answers `undefined` goes to its server. */
  async intercept(answer: (request: TabRequest) => TabAnswer | undefined): Promise<void> {
    this.#answer = answer;
    await this.#session.send("network.addIntercept", { phases: ["beforeRequestSent"], contexts: [this.#context] });
  }

  #send(method: string, params: object): Promise<Readonly<Record<string, unknown>>> {
    return this.#session.send(method, { context: this.#context, ...params });
  }

  #take(method: string, params: Readonly<Record<string, unknown>>): void {
    if (method === "log.entryAdded") {
      const { level, text, source }: { level?: unknown; text?: unknown; source?: unknown } = params;
      const { context }: { context?: unknown } = Object(source);
      if (context === this.#context && (level === "error" || level === "warn")) this.faults.push(String(text));
    }
    if (method === "network.beforeRequestSent" && params["context"] === this.#context) this.#takeRequest(params);
  }

  #takeRequest({ request, isBlocked }: { readonly request?: unknown; readonly isBlocked?: unknown }): void {
    const sent: { request?: unknown; url?: unknown; headers?: unknown } = Object(request);
    const headers: [string, string][] = (Array.isArray(sent.headers) ? sent.headers : []).map(({ name, value }) => [
      String(name).toLowerCase(),
      String(Object(value)["value"]),
    ]);
    const taken = { url: String(sent.url), headers: new Map(headers) };
    for (const listener of this.#requested) listener(taken);
    if (isBlocked === true) void this.#answerFor(sent.request, taken);
  }

  async #answerFor(request: unknown, taken: TabRequest): Promise<void> {
    const answer = this.#answer?.(taken);
    // Whoever asked may have gone away meanwhile.
    try {
      if (answer === undefined) await this.#session.send("network.continueRequest", { request });
      else {
        await this.#session.send("network.provideResponse", {
          request,
          statusCode: answer.status,
          headers: Object.entries(answer.headers).map(([name, value]) => ({ name, value: { type: "string", value } })),
          body: { type: "string", value: answer.body },
        });
      }
    } catch (error) {
      this.faults.push(String(error));
    }
  }
}

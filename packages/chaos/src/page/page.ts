import { AsyncLocalStorage } from "node:async_hooks";
import { getEventListeners, setMaxListeners } from "node:events";

/** What a browser tells its page of itself, and the clients listen for, or do not. */
type PageEventName = "pagehide" | "pageshow" | "freeze" | "resume" | "online" | "offline" | "visibilitychange";

type Listener = (event: Event) => void;

/** Whose listeners are whose: a process has one global object, and many pages. */
const current = new AsyncLocalStorage<Page>();
/** By the event, each listener with its page. */
const listeners = new Map<string, Map<Listener, Page>>();
/** While an event is told. */
let visibility: DocumentVisibilityState | undefined;

/** `navigator.connection`, as Chrome on Android has it. */
class NetworkInformation extends EventTarget {
  type: "wifi" | "cellular" = "wifi";
}

/** One device's page: what runs in it finds the part of a browser's global object that tells of page and network. */
export class Page {
  readonly connection: NetworkInformation = new NetworkInformation();

  constructor() {
    // As many as there are connections.
    setMaxListeners(0, this.connection);
  }

  /** Calls a function whose clients, and all that they begin, are in this page. */
  run<Result>(act: () => Result): Result {
    install();
    return current.run(this, act);
  }

  /**
   * Tells an event to all of this page that listen.
   *
   * @returns how many there are: the small clients listen for none
   */
  tell(type: PageEventName, is: DocumentVisibilityState = "visible"): number {
    const told = [...(listeners.get(type) ?? [])].filter(([, page]) => page === this);
    visibility = is;
    try {
      for (const [listener] of told) this.run(() => listener(new Event(type)));
    } finally {
      visibility = undefined;
    }
    return told.length;
  }

  /** How many listen for another network: the small clients do not. */
  get listensToNetwork(): number {
    return getEventListeners(this.connection, "change").length;
  }

  /** From Wi-Fi to mobile, or back. */
  move(): void {
    this.connection.type = this.connection.type === "wifi" ? "cellular" : "wifi";
    this.run(() => this.connection.dispatchEvent(new Event("change")));
  }
}

type Listen = (type: string, listener: Listener, options?: boolean) => void;

let installed: Listen | undefined;

/** Outside of pages, nobody is told anything. What counts listeners here goes on counting them. */
function install(): void {
  const { addEventListener: add, removeEventListener: remove }: { addEventListener?: Listen; removeEventListener?: Listen } = globalThis;
  if (installed !== undefined && add === installed) return;
  installed = (type, listener, options) => {
    add?.(type, listener, options);
    const page = current.getStore();
    if (page === undefined) return;
    const of = listeners.get(type) ?? new Map<Listener, Page>();
    listeners.set(type, of.set(listener, page));
  };
  // Whoever closes a client may be outside of its page.
  const forget: Listen = (type, listener, options) => {
    remove?.(type, listener, options);
    listeners.get(type)?.delete(listener);
  };
  define(globalThis, "addEventListener", { value: installed });
  define(globalThis, "removeEventListener", { value: forget });
  // Not at other times: a document has more than this, for which other parts of a client would take it.
  define(globalThis, "document", { get: () => (visibility === undefined ? undefined : { visibilityState: visibility }) });
  define(globalThis.navigator, "onLine", { get: () => true });
  define(globalThis.navigator, "connection", { get: () => current.getStore()?.connection });
}

function define(on: object, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(on, name, { configurable: true, ...("value" in property && { writable: true }), ...property });
}

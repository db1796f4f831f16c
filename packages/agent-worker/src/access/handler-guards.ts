import { misconfigured, type RequestError } from "../wire/errors.ts";

/** Handlers of the Agents SDK's before which an agent puts its own functions. */
const HANDLERS = ["onStart", "onConnect", "onMessage", "onClose", "onError", "onRequest", "onBeforeSubAgent"] as const;

type Handlers = { readonly [Handler in (typeof HANDLERS)[number]]: unknown };

/**
 * Whether an agent's handlers are still those that its constructor put there. A class field of the author's takes their place behind that constructor, and with it
 * what they see to: the rights of a socket, its end, and that dead runs are taken up.
 */
export class HandlerGuards {
  readonly #agent: Handlers;
  readonly #own: Handlers;

  /** @param agent whose handlers are its own by now */
  constructor(agent: Handlers) {
    this.#agent = agent;
    const { onStart, onConnect, onMessage, onClose, onError, onRequest, onBeforeSubAgent } = agent;
    this.#own = { onStart, onConnect, onMessage, onClose, onError, onRequest, onBeforeSubAgent };
  }

  get broken(): RequestError | undefined {
    const field = HANDLERS.find((handler) => this.#agent[handler] !== this.#own[handler]);
    if (field === undefined) return undefined;
    return misconfigured(`${field} is a field of the agent's class, so nothing is served. Write it as a method: ${field}() { … }.`);
  }

  /** @throws RequestError `misconfigured` */
  check(): void {
    const { broken } = this;
    if (broken !== undefined) throw broken;
  }
}

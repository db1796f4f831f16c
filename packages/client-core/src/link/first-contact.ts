import { reasonOf } from "../errors/failures.ts";
import { TransportError } from "../errors/transport-error.ts";

/** A server that restarts, or a network that wakes up, may cost the first tries of a client whose URL is right. */
const TRIES_UNTIL_TOLD = 3;

/**
 * Whether an agent has ever answered one client, over all of its runs.
 *
 * Until then a wrong URL looks like a network that is away for a moment: the client would wait, and nobody would learn why.
 */
export class FirstContact {
  readonly #base: URL;
  readonly #report: (error: TransportError) => void;
  #made = false;
  #told = false;

  /** @param base the agent's URL; read when there is something to tell */
  constructor(base: URL, report: (error: TransportError) => void) {
    this.#base = base;
    this.#report = report;
  }

  /** An agent answered. */
  made(): void {
    this.#made = true;
  }

  /** @returns what the application is told of a loss that was the last of so many failures in a row */
  explain(lost: TransportError, failures: number): TransportError {
    if (this.#made || (failures < TRIES_UNTIL_TOLD && !this.#told)) return lost;
    const { protocol, host, pathname } = this.#base;
    const page = originOfPage();
    const origin = `${protocol.replace("ws", "http")}//${host}`;
    const crossOrigin =
      page === undefined || page === origin
        ? ""
        : ` If it is, it refuses this page: ${page} must be one of the agent's ALLOWED_ORIGINS, or the page must reach it through a proxy of its own origin.`;
    // Without the query, which may hold secrets.
    const message = `No connection to ${protocol}//${host}${pathname} has ever worked: ${reasonOf(lost)}. Check the URL, and that the agent is running there.${crossOrigin}`;
    return new TransportError({ code: "never_connected", message }, { status: lost.status, cause: lost });
  }

  /** Tells the application once, if there is something to tell. */
  tell(error: TransportError): void {
    if (this.#told || error.code !== "never_connected") return;
    this.#told = true;
    this.#report(error);
  }
}

/** `undefined` outside pages, and in those that have none (`about:blank`, a file). */
function originOfPage(): string | undefined {
  const origin = (globalThis as { location?: { origin?: string } }).location?.origin;
  return origin === "null" ? undefined : origin;
}

import { createServer } from "node:http";
import { listen } from "@agent-transports/lab/listen";
import { messageOf } from "../usage/errors.ts";

/** Where an agent that makes large events asks whether to go on (`packages/peers/worker/filling.ts`): how much it has made is known without asking it. */
export interface Gate {
  /** For the prompt. */
  readonly url: string;
  /** How many events were made when the agent asked last. */
  readonly made: number;
  /** Resolves with {@link made} once so many are, or once the agent has not asked for `stillMs`. Rejects with what `pass` threw. */
  until(events: number, stillMs: number): Promise<number>;
  close(): Promise<void>;
}

/** @param pass what is done each time before the agent may go on */
export async function openGate(pass: (made: number) => Promise<void>): Promise<Gate> {
  let made = 0;
  let failure: { readonly error: unknown } | undefined;
  let passed: (() => void) | undefined;
  const server = createServer((request, response) => {
    const asked = Number(new URL(request.url ?? "", "http://gate").searchParams.get("made"));
    pass(asked)
      .then(() => (made = asked))
      .catch((error: unknown) => (failure = { error }))
      .finally(() => {
        response.writeHead(failure === undefined ? 204 : 500).end(failure === undefined ? "" : messageOf(failure.error));
        passed?.();
      });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    get made() {
      return made;
    },
    until(events, stillMs) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(still);
          if (failure === undefined) resolve(made);
          else reject(failure.error);
        };
        const still = setTimeout(finish, stillMs);
        passed = () => {
          if (failure !== undefined || made >= events) finish();
          else still.refresh();
        };
        if (failure !== undefined || made >= events) finish();
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

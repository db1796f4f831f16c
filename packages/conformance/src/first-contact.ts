import { createServer, connect, type Server, type Socket } from "node:net";
import type { Run, StateChange, TransportError } from "@agent-transports/client-core";
import * as assert from "./assert.ts";
import type { Subject, SubjectOptions } from "./cases/index.ts";
import { assertWhole, collect, prompt, quick, rejection, textRun } from "./cases/support.ts";
import { withServer, type Check, type CloseLater } from "./check.ts";
import { listen } from "./listen.ts";
import { register, type Runner } from "./register.ts";

/** What a client says whose first connection never works. Node only: a page cannot tell one unreachable port from another. */
export function describeFirstContact(subject: Subject, runner: Runner): void {
  register(`a client over ${subject.transport} that no agent has answered`, checks(subject), runner);
}

const secret = { token: "secret" } as const;

function checks({ transport, create }: Subject): readonly Check[] {
  /** A client and what it tells. */
  const watched = (options: SubjectOptions): { client: ReturnType<typeof create>; told: TransportError[] } => {
    const told: TransportError[] = [];
    return { client: create({ ...quick, query: secret, ...options, onError: (error) => told.push(error) }), told };
  };
  /** Where such a client looks, as its message names it. */
  const named = ({ host }: URL): string => `${transport === "ws" ? "ws" : "http"}://${host}/agents/transport-agent/default `;
  /** What a client says, once, that tries four times in vain and is closed then. */
  const toldAfterFourTries = async (url: URL, closeLater: CloseLater): Promise<string> => {
    const { client, told } = watched({ url });
    const started = closeLater(client).start(prompt);
    const waits = waitsOf(started);
    const failed = rejection(collect(started));
    await waits.until((all) => all.length === 4);
    client.close();
    assert.equal((await failed).code, "aborted");
    assert.deepEqual(
      told.map(({ code }) => code),
      ["never_connected"],
    );
    return told[0]?.message ?? "";
  };

  return [
    {
      title: "reports once that nothing listens at the URL, keeps trying, and works as soon as an agent does",
      run: (startServer) =>
        withServer(startServer, async (server, closeLater) => {
          const run = textRun("r");
          await server.runs(run);
          const door = closeLater(await openDoor(server.url));
          await door.shut();
          const { client, told } = watched({ url: door.url });
          const started = closeLater(client).start(prompt);
          const waits = waitsOf(started);
          const events = collect(started);
          await waits.until((all) => all.length === 6);
          assert.deepEqual(
            waits.all.map(({ error }) => error?.code),
            ["connection_lost", "connection_lost", ...Array.from({ length: 4 }, () => "never_connected")],
          );
          assert.equal(told.length, 1);
          const { message = "" } = told[0] ?? {};
          assert.ok(message.includes(named(door.url)), message);
          assert.ok(!message.includes("secret"), "A query may hold secrets.");
          assert.equal(started.lastHeardAt, undefined);

          await door.open();
          assertWhole(await events, run);
          assert.ok((started.lastHeardAt ?? 0) > Date.now() - 60_000);
          await door.shut();
          // The client has worked: what fails now is lost, and comes back.
          const later = client.start(prompt);
          const laterWaits = waitsOf(later);
          const laterEvents = collect(later);
          await laterWaits.until((all) => all.length === 4);
          assert.deepEqual(
            laterWaits.all.map(({ error }) => error?.code),
            Array.from({ length: 4 }, () => "connection_lost"),
          );
          await door.open();
          assertWhole(await laterEvents, run);
          assert.equal(told.length, 1);
          client.close();
          await door.shut();
        }),
    },
    {
      title: "reports that the host name does not resolve",
      run: (startServer) =>
        withServer(startServer, async (_server, closeLater) => {
          const message = await toldAfterFourTries(new URL("http://nope.invalid"), closeLater);
          assert.ok(message.includes(named(new URL("http://nope.invalid"))), message);
        }),
    },
    {
      title: "reports that a proxy answers instead of an agent",
      run: (startServer) =>
        withServer(startServer, async (_server, closeLater) => {
          const proxy = createServer((socket) => {
            // A try that is given up is cut.
            socket.on("error", () => undefined);
            socket.once("data", () => socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
          });
          closeLater({ close: () => void proxy.close() });
          await toldAfterFourTries(await listen(proxy), closeLater);
          await closed(proxy);
        }),
    },
    {
      title: "stops at its limit of tries, with an error that says why",
      run: (startServer) =>
        withServer(startServer, async (_server, closeLater) => {
          const door = closeLater(await openDoor(new URL("http://127.0.0.1:1")));
          await door.shut();
          const { client, told } = watched({ url: door.url, retry: { ...quick.retry, maxTries: 3 } });
          const error = await rejection(collect(closeLater(client).start(prompt)));
          assert.equal(error.code, "retries_exhausted");
          assert.ok(error.message.includes(named(door.url)), error.message);
          assert.equal(told.length, 1);
          assert.equal(error.cause, told[0]);
        }),
    },
  ];
}

interface Waits {
  readonly all: readonly StateChange[];
  until(enough: (all: readonly StateChange[]) => boolean): Promise<void>;
}

/** Each time that a run's connection waits. */
function waitsOf(run: Run): Waits {
  const all: StateChange[] = [];
  let check: (() => void) | undefined;
  run.onStateChange((change) => {
    if (change.to === "waiting") all.push(change);
    check?.();
  });
  return {
    all,
    until: (enough) =>
      new Promise((resolve) => {
        check = () => {
          if (enough(all)) resolve();
        };
        check();
      }),
  };
}

/** A port that hands its connections on to a server, and can be shut and opened again. */
interface Door {
  readonly url: URL;
  open(): Promise<void>;
  shut(): Promise<void>;
  /** For good, also where it is shut. */
  close(): void;
}

async function openDoor(behind: URL): Promise<Door> {
  const sockets = new Set<Socket>();
  const serve = (): Server =>
    createServer((socket) => {
      const through = connect(Number(behind.port), behind.hostname);
      for (const one of [socket, through]) {
        sockets.add(one);
        one.once("close", () => sockets.delete(one));
        // Each end is cut with the other.
        one.on("error", () => undefined);
      }
      socket.pipe(through).pipe(socket);
    });
  let server = serve();
  const url = await listen(server);
  return {
    url,
    async open() {
      server = serve();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(Number(url.port), url.hostname, resolve);
      });
    },
    async shut() {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error))));
}

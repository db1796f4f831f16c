import { setTimeout as pause } from "node:timers/promises";
import type { ItemStorage, RunEvent } from "@agent-transports/client-core";
import { makeOurs } from "../src/run/our-clients.ts";
import type { MakeClient, Subject, SubjectRun } from "../src/run/subject.ts";

/** What one of a client's runs does to the others, and should not. */
export type Mixing = "ends the other runs when one is refused" | "cancels the other runs with one" | "gives an event to another run";

/** Our client, with something wrong in how it keeps its runs apart. */
export function makeMixing(how: Mixing): MakeClient {
  return (...given) => {
    const ours = makeOurs(...given);
    const runs: SubjectRun[] = [];
    let stray: RunEvent | undefined;
    return changed<Subject>(ours, {
      start: (...asked) => {
        const run = ours.start(...asked);
        const isFirst = runs.push(run) === 1;
        if (how === "ends the other runs when one is refused") run.started.catch(() => ours.close());
        if (how === "cancels the other runs with one")
          return changed(run, {
            cancel: async () => {
              await Promise.all(runs.map((one) => one.cancel()));
            },
          });
        if (how !== "gives an event to another run") return run;
        return changed(run, {
          async *[Symbol.asyncIterator]() {
            for await (const event of run) {
              if (!isFirst) stray ??= event;
              else if (stray !== undefined) {
                yield stray;
                stray = undefined;
              }
              yield event;
            }
          },
        });
      },
    });
  };
}

/** How a client remembers, and should not. */
export type Remembering = "one event too late" | "an event that its page was not done with" | "nothing";

/** Our client, with something wrong in what it remembers. */
export function makeForgetful(how: Remembering): MakeClient {
  return (transport, { storage, ...options }, reads) => {
    const kept = storage !== undefined && how === "one event too late" ? late(storage) : storage;
    const ours = makeOurs(transport, { ...options, ...(kept !== undefined && { storage: kept }) }, reads);
    return changed<Subject>(ours, {
      start: (...asked) => (how === "an event that its page was not done with" ? ahead(ours.start(...asked)) : ours.start(...asked)),
      restore: (saveAs, options) => ours.restore(how === "nothing" ? `not ${saveAs}` : saveAs, options),
    });
  };
}

/** Each write brings what the one before was to bring. */
function late(storage: ItemStorage): ItemStorage {
  let before: string | undefined;
  return changed(storage, {
    setItem: (name: string, value: string) => {
      if (before !== undefined) void storage.setItem(name, before);
      before = value;
    },
  });
}

/** Asks for the next event before it hands one over. */
function ahead(run: SubjectRun): SubjectRun {
  return changed(run, {
    async *[Symbol.asyncIterator]() {
      const events = run[Symbol.asyncIterator]();
      const asked = (): ReturnType<typeof events.next> => {
        const next = events.next();
        next.catch(() => undefined); // Nobody may be there any longer to be told.
        return next;
      };
      let next = asked();
      for (let one = await next; one.done !== true; one = await next) {
        next = asked();
        yield one.value;
      }
    },
  });
}

/** Our client, which takes a page that is put away for one that never comes back. */
export const makeGone: MakeClient = makeLeaving(() => {
  const hidden = new Promise<undefined>((resolve) => addEventListener("pagehide", () => resolve(undefined)));
  return () => hidden;
});

/** Our client, which takes a silence behind its first event for the end. */
export const makeImpatient: MakeClient = makeLeaving(() => {
  let waits = 0;
  return () => ((waits += 1) === 1 ? new Promise<undefined>(() => undefined) : silence());
});

/** A second, in parts: where this process stood still one of them is over, and what came meanwhile is read. */
async function silence(): Promise<undefined> {
  for (let part = 0; part < 10; part += 1) await pause(100);
  return undefined;
}

/** Our client, which believes in a silent connection for longer than anybody waits. */
export const makeTrusting: MakeClient = (transport, options, reads) => makeOurs(transport, { ...options, heartbeatMs: 60_000 }, reads);

/** @param leaves of a run, what each wait for an event is given up for */
function makeLeaving(leaves: () => () => Promise<undefined>): MakeClient {
  return (...given) => {
    const ours = makeOurs(...given);
    return changed<Subject>(ours, {
      start: (...asked) => {
        const run = ours.start(...asked);
        const left = leaves();
        return changed(run, {
          async *[Symbol.asyncIterator]() {
            const events = run[Symbol.asyncIterator]();
            for (;;) {
              const asked = events.next();
              asked.catch(() => undefined); // It is told to nobody where the run is left first.
              const next = await Promise.race([asked, left()]);
              if (next === undefined || next.done === true) return;
              yield next.value;
            }
          },
        });
      },
    });
  };
}

/** The same object with other members: what is private to it still works. */
export function changed<Of extends object>(object: Of, members: Partial<Of>): Of {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Object.hasOwn(members, name) ? Reflect.get(members, name) : Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

import * as assert from "../assert.ts";
import type { Run, RunEvent, StateChange } from "@agent-transports/client-core";
import {
  assertWhole,
  collect,
  collectInStep,
  prompt,
  quick,
  rejection,
  textRun,
  type ConformanceCase,
  type SubjectOptions,
} from "./support.ts";

/** How often these errors were shown as nobody's: in a page as uncaught, elsewhere on the console. Cases may run side by side, so nothing is put back. */
const shown = new Map<unknown, number>();
let watching = false;

function expectShown(error: Error): void {
  shown.set(error, 0);
  if (watching) return;
  watching = true;
  const see = (given: unknown): boolean => {
    const times = shown.get(given);
    if (times !== undefined) shown.set(given, times + 1);
    return times !== undefined;
  };
  const { error: show } = console;
  if (globalThis.document === undefined) {
    console.error = (...given: unknown[]) => {
      if (!given.some(see)) show.apply(console, given);
    };
  } else {
    addEventListener("error", (event) => {
      if (see(event.error)) event.preventDefault();
    });
  }
}

function throwing(error: Error): () => never {
  expectShown(error);
  return () => {
    throw error;
  };
}

function rejecting(error: Error): () => Promise<never> {
  expectShown(error);
  return async () => {
    throw error;
  };
}

/** A promise that was rejected is shown in its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What an application's own functions do wrong harms neither a client nor its process. */
export const callbackCases: readonly ConformanceCase[] = [
  {
    title: "continues when a state listener throws or rejects, calls the other listeners, and reports the errors",
    needs: "explanations",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ send: [1, 2] }, "wait", { cut: "reset" }], ["rest"]);
      const faults = [new Error("at once"), new Error("later")] as const;
      const states: string[] = [];
      const followed = client(quick).start(prompt);
      followed.onStateChange(throwing(faults[0]));
      followed.onStateChange(rejecting(faults[1]));
      followed.onStateChange(({ to }) => states.push(to));
      assertWhole(await collectInStep(server, followed, `${run.epoch}.2`), run);
      await turn();
      assert.deepEqual(states, ["open", "waiting", "connecting", "open", "ended"]);
      for (const fault of faults) assert.equal(shown.get(fault), states.length, fault.message);
    },
  },
  {
    title: "follows a run again that a state listener resumes when it fails, on a connection of its own",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      await server.plan([{ refuse: 403 }], [{ refuse: 403 }], [{ refuse: 403 }]);
      const one = client(quick);
      const whole = Promise.withResolvers<RunEvent[]>();
      let resumed = 0;
      const follow = (): void => {
        const followed = one.resume("r");
        // As an application that comes back whatever the failure was, but for a client that asks for nothing in between.
        followed.onStateChange(({ to }) => {
          if (to === "failed" && (resumed += 1) < 100) follow();
        });
        collect(followed).then(whole.resolve, () => resumed < 100 || whole.reject(new Error("It failed again and again.")));
      };
      follow();
      assertWhole(await whole.promise, run);
      assert.deepEqual([resumed, (await server.asked()).length], [3, 4]);
    },
  },
  {
    title: "ends when it is closed, whatever a state listener then begins",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      await server.plan(["hold"], ["hold"]);
      const one = client();
      let failed = 0;
      const follow = (): Run => {
        const followed = one.resume("r");
        followed.onStateChange(({ to }) => {
          if (to === "failed" && (failed += 1) < 100) follow();
        });
        return followed;
      };
      const followed = [follow(), follow()];
      await server.askedAt(0);
      one.close();
      await turn();
      // Those that were begun since are of a closed client, which has nothing to tell.
      assert.equal(failed, 2);
      for (const one of followed) assert.equal((await rejection(collect(one))).code, "aborted");
    },
  },
  {
    title: "calls a state listener that another one adds from the next change on, and none that another one takes away",
    needs: "explanations",
    async run({ server, client }) {
      await server.runs(textRun("r"));
      const followed = client().start(prompt);
      const [added, taken]: [string[], string[]] = [[], []];
      let times = 0;
      const again = (): void => {
        const stop = followed.onStateChange(({ to }) => {
          stop();
          added.push(to);
          stopTaken();
          if ((times += 1) < 100) again();
        });
      };
      again();
      const stopTaken = followed.onStateChange(({ to }) => taken.push(to));
      await collect(followed);
      assert.deepEqual(added, ["open", "ended"]);
      assert.deepEqual(taken, []);
    },
  },
  {
    title: "continues when onError throws",
    needs: "storage",
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const fault = new Error("of onError");
      const refuse = throwing(new Error("Full."));
      const one = client({ ...quick, storage: { getItem: refuse, setItem: refuse, removeItem: refuse }, onError: throwing(fault) });
      assertWhole(await collect(one.start(prompt, { saveAs: "answer" })), run);
      assert.equal(await one.restore("answer"), undefined);
      await turn();
      assert.ok((shown.get(fault) ?? 0) > 0);
    },
  },
  ...[
    { option: "query", only: undefined },
    { option: "headers", only: { transport: "sse", because: "a browser's WebSocket has no headers" } as const },
  ].map(({ option, only }): ConformanceCase => ({
    title: `names the failed option and its error when ${option} throws`,
    needs: "explanations",
    ...(only && { only }),
    async run({ server, client }) {
      const run = textRun("r");
      await server.runs(run);
      const fault = new Error("The session is over.");
      let tries = 0;
      const fails = (): Record<string, string> => {
        tries += 1;
        if (tries === 1) throw fault;
        return {};
      };
      const options: Partial<SubjectOptions> = { ...quick, [option]: fails };
      const changes: StateChange[] = [];
      const followed = client(options).start(prompt);
      followed.onStateChange((change) => changes.push(change));
      assertWhole(await collect(followed), run);
      const error = changes.find(({ to }) => to === "waiting")?.error;
      assert.equal(error?.message, `${option}: it failed: The session is over.`);
      assert.equal(error.cause, fault);
    },
  })),
];

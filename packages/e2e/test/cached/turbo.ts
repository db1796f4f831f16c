import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

export const root: string = join(import.meta.dirname, "../../../..");

/** What turbo takes a package's tests by. */
export interface TestTask {
  /** Where it has a green run with this hash, it runs nothing. */
  readonly hash: string;
  /** Every file that the hash is of, from the root: the package's own, those of what it is built from, and those that turbo.json names. */
  readonly files: ReadonlySet<string>;
}

interface Task {
  readonly taskId: string;
  readonly task: string;
  readonly directory: string;
  readonly hash: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
}

interface DryRun {
  readonly globalCacheInputs: { readonly files: Readonly<Record<string, string>> };
  readonly tasks: readonly Task[];
}

/** The tests that `pnpm test` would run with these variables, by the folder of their package. Nothing is run. */
export async function planTests(variables: Readonly<Record<string, string>> = {}): Promise<ReadonlyMap<string, TestTask>> {
  // Of the turbo that runs this test, the one below is to know nothing.
  const own = Object.entries(process.env).filter(([name]) => !/^(TURBO_|FUZZ_)/.test(name));
  const env = { ...Object.fromEntries(own), TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", ...variables };
  const { stdout } = await promisify(execFile)(join(root, "node_modules/.bin/turbo"), ["run", "test", "--dry=json"], {
    cwd: root,
    env,
    maxBuffer: 64 * 2 ** 20,
    timeout: 50_000,
  });
  const { globalCacheInputs, tasks }: DryRun = JSON.parse(stdout);
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  return new Map(
    tasks
      .filter(({ task }) => task === "test")
      .map((task) => {
        const files = [...withDependencies(task, byId)].flatMap(({ directory, inputs }) =>
          Object.keys(inputs).map((file) => join(directory, file)),
        );
        return [task.directory, { hash: task.hash, files: new Set([...Object.keys(globalCacheInputs.files), ...files]) }];
      }),
  );
}

function withDependencies(task: Task, byId: ReadonlyMap<string, Task>): ReadonlySet<Task> {
  const found = new Set([task]);
  // A set is walked to its end, also where it grows meanwhile.
  for (const { dependencies } of found) {
    for (const id of dependencies) {
      const dependency = byId.get(id);
      if (dependency !== undefined) found.add(dependency);
    }
  }
  return found;
}

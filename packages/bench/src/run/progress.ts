/** What a person sees on standard error while blocks run. */
export interface Progress {
  scenario(title: string): void;
  /** So many more are done. */
  blocks(count: number): void;
  /** So many of the blocks that were planned for this scenario are not run. */
  skip(count: number): void;
  done(): void;
}

export interface ProgressStep {
  readonly title: string;
  readonly blocks: number;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): boolean;
}

interface Spent {
  readonly blocks: number;
  readonly ms: number;
}

/**
 * Milliseconds left. Blocks of one scenario take alike, those of another need not: each scenario's own mean where it has one, else the mean
 * of all that were run. `undefined` before the first block.
 */
export function timeLeftMs(steps: readonly ProgressStep[], spent: readonly Spent[]): number | undefined {
  const all = spent.reduce((sum, { blocks, ms }) => ({ blocks: sum.blocks + blocks, ms: sum.ms + ms }), { blocks: 0, ms: 0 });
  if (all.blocks === 0) return undefined;
  return steps.reduce((sum, step, index) => {
    const own = spent[index];
    const { blocks, ms } = own !== undefined && own.blocks > 0 ? own : all;
    return sum + Math.max(0, step.blocks - (own?.blocks ?? 0)) * (ms / blocks);
  }, 0);
}

/** Where a line cannot be rewritten, one a minute says that something goes on. */
const LINE_EVERY_MS = 60_000;

/** On a terminal one line that is rewritten, with the time left; elsewhere a line for each scenario, and one a minute. */
export function showProgress(planned: readonly ProgressStep[], stream: ProgressStream = process.stderr): Progress {
  const startedAt = performance.now();
  const steps = planned.map((step) => ({ ...step }));
  const total = (): number => steps.reduce((sum, { blocks }) => sum + blocks, 0);
  const spent: { blocks: number; ms: number }[] = steps.map(() => ({ blocks: 0, ms: 0 }));
  let current = -1;
  let lastAt = startedAt;
  let lineAt = startedAt;
  const words = (): string => {
    const left = timeLeftMs(steps, spent);
    return `${left === undefined ? "" : `${clock(left)} left  `}${steps[current]?.title ?? ""}`;
  };
  const finished = (): number => spent.reduce((sum, { blocks }) => sum + blocks, 0);
  const draw = (): void => {
    const share = finished() / Math.max(1, total());
    stream.write(`\r\u001B[2K${"█".repeat(Math.round(share * 24)).padEnd(24, "░")} ${Math.round(share * 100)} %  ${words()}`);
  };
  const line = (text: string): void => {
    lineAt = performance.now();
    stream.write(`${clock(lineAt - startedAt)}  ${text}\n`);
  };
  return {
    scenario(title) {
      current = steps.findIndex((step) => step.title === title);
      lastAt = performance.now();
      if (stream.isTTY) draw();
      else line(`${title}: ${steps[current]?.blocks ?? 0} blocks${finished() === 0 ? "" : `, ${words().split("  ")[0]} in all`}`);
    },
    blocks(count) {
      const now = performance.now();
      const own = spent[current];
      if (own !== undefined) {
        own.blocks += count;
        own.ms += now - lastAt;
      }
      lastAt = now;
      if (stream.isTTY) draw();
      else if (now - lineAt >= LINE_EVERY_MS) line(`${finished()} of ${total()} blocks, ${words()}`);
    },
    skip(count) {
      const step = steps[current];
      if (step !== undefined) step.blocks -= count;
    },
    done() {
      if (stream.isTTY) stream.write("\r\u001B[2K");
      else line("done");
    },
  };
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

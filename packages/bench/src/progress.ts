/** What a person sees on standard error while blocks run. */
export interface Progress {
  scenario(title: string): void;
  block(): void;
  /** A block that was planned and is not run. */
  skip(): void;
  done(): void;
}

/** On a terminal one line that is rewritten, with the time left; elsewhere a line for each scenario. */
export function showProgress(planned: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  const startedAt = performance.now();
  let total = planned;
  let finished = 0;
  let title = "";
  const draw = (): void => {
    if (!stream.isTTY) return;
    const share = finished / Math.max(1, total);
    const leftMs = finished === 0 ? undefined : ((performance.now() - startedAt) / finished) * (total - finished);
    const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
    stream.write(`\r\u001B[2K${bar} ${Math.round(share * 100)} %  ${leftMs === undefined ? "" : `${clock(leftMs)} left  `}${title}`);
  };
  return {
    scenario(next) {
      title = next;
      if (stream.isTTY) draw();
      else stream.write(`${clock(performance.now() - startedAt)}  ${next}\n`);
    },
    block() {
      finished += 1;
      draw();
    },
    skip() {
      total -= 1;
    },
    done() {
      stream.write(stream.isTTY ? "\r\u001B[2K" : `${clock(performance.now() - startedAt)}  done\n`);
    },
  };
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

import type { ConnectionState } from "@agent-transports/sse-client";
import type { LaneRecord } from "../follow/record.ts";

/** What is shown at once, in milliseconds; it moves on when a run is longer. */
const SPAN_MS = 20_000;
const STRIP_PX = 10;
const AXIS_PX = 14;
/** Heights go by the logarithm: 10 ms is the foot of a bar, 10 s its top. */
const LOW_MS = 10;
const HIGH_MS = 10_000;
const GUIDES_MS = [100, 1_000] as const;

/** Gaps between arrivals as bars, above a strip with the state of the connection, and the faults across both. */
export class Timeline {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #width = 0;
  #height = 0;

  constructor(canvas: HTMLCanvasElement, resized: () => void) {
    this.#canvas = canvas;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("This browser draws on no canvas.");
    this.#context = context;
    new ResizeObserver(() => {
      this.#width = canvas.clientWidth;
      this.#height = canvas.clientHeight;
      canvas.width = Math.round(this.#width * devicePixelRatio);
      canvas.height = Math.round(this.#height * devicePixelRatio);
      resized();
    }).observe(canvas);
  }

  draw(record: LaneRecord | undefined): void {
    const style = getComputedStyle(this.#canvas);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const context = this.#context;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    const foot = this.#height - AXIS_PX - STRIP_PX - 2;
    const heightOf = (ms: number): number => (Math.log(Math.max(ms, LOW_MS) / LOW_MS) / Math.log(HIGH_MS / LOW_MS)) * (foot - 10);
    context.font = `10px ${style.fontFamily}`;
    context.fillStyle = context.strokeStyle = colour("--muted");
    context.textBaseline = "bottom";
    for (const ms of GUIDES_MS) {
      const y = Math.round(foot - heightOf(ms)) + 0.5;
      context.globalAlpha = 0.25;
      line(context, 0, y, this.#width, y);
      context.globalAlpha = 1;
      const text = ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
      context.fillText(text, this.#width - context.measureText(text).width, y - 1);
    }
    if (record === undefined) return;
    const nowMs = record.endedMs ?? record.nowMs;
    const fromMs = Math.max(0, nowMs - SPAN_MS);
    const x = (ms: number): number => ((ms - fromMs) / SPAN_MS) * this.#width;
    this.#drawAxis(fromMs, x);
    context.fillStyle = colour("--lane");
    for (let index = record.arrivals.length - 1; index >= 0; index--) {
      const { atMs, gapMs } = record.arrivals[index]!;
      if (atMs < fromMs) break;
      const height = Math.max(1.5, heightOf(gapMs));
      context.fillRect(x(atMs) - 1, foot - height, 2, height);
    }
    record.states.forEach(({ state, fromMs: begins }, index) => {
      const ends = record.states[index + 1]?.fromMs ?? nowMs;
      if (ends < fromMs || state === "ended" || state === "failed") return;
      context.globalAlpha = state === "connecting" ? 0.45 : 1;
      context.fillStyle = colour(STATE_COLOURS[state]);
      const left = x(Math.max(begins, fromMs));
      context.fillRect(left, foot + 2, Math.max(1, x(ends) - left), STRIP_PX);
    });
    context.globalAlpha = 1;
    context.fillStyle = context.strokeStyle = colour("--bad");
    context.textBaseline = "top";
    let freeFrom = -Infinity;
    for (const { fault, atMs } of record.faults) {
      if (atMs < fromMs) continue;
      const left = Math.round(x(atMs)) + 0.5;
      line(context, left, 0, left, foot + STRIP_PX + 2);
      const width = context.measureText(fault).width;
      const labelled = Math.min(left + 3, this.#width - width);
      if (labelled < freeFrom) continue;
      context.fillText(fault, labelled, 0);
      freeFrom = labelled + width + 6;
    }
  }

  #drawAxis(fromMs: number, x: (ms: number) => number): void {
    const context = this.#context;
    context.textBaseline = "alphabetic";
    for (let ms = Math.ceil(fromMs / 5_000) * 5_000; ms <= fromMs + SPAN_MS; ms += 5_000) {
      const text = `${ms / 1_000} s`;
      const width = context.measureText(text).width;
      context.fillText(text, Math.min(Math.max(0, x(ms) - width / 2), this.#width - width), this.#height - 2);
    }
  }
}

const STATE_COLOURS: Readonly<Record<Exclude<ConnectionState, "ended" | "failed">, string>> = {
  connecting: "--lane",
  open: "--lane",
  waiting: "--bad",
};

function line(context: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number): void {
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}

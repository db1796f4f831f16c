/** Transport × input in words, the same for every form of the report: settings side by side, so that it can be read along them. */
import type { FactorialTable, InputLevel, RatioWithInterval, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import { formatRatioWithInterval, formatValue, MINUS, NARROW_SPACE, statisticName } from "./format.ts";

export interface WordTable {
  readonly caption: string;
  /** The first is above the rows' names. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface FactorialWords {
  readonly values: WordTable;
  readonly effects: WordTable;
  /** What came out, a sentence for each setting. */
  readonly sentences: readonly string[];
  readonly howToRead: string;
}

const inputs: Readonly<Record<InputLevel, string>> = { new: "only what is new", whole: "the whole context" };

/** `null` where a scenario takes no effects apart. */
export function factorialWords({ factorial, metrics }: Pick<ScenarioAnalysis, "factorial" | "metrics">): FactorialWords | null {
  const [first] = factorial;
  if (first === undefined) return null;
  const metric = metrics.find(({ id }) => id === first.metric);
  const columns = ["", ...factorial.map(({ label }) => label)];
  const figure = `${metric?.label ?? first.metric}, ${statisticName(first.statistic)}`;
  const valueRows = first.cells.flatMap(({ input, arms }) =>
    arms.map(({ arm, label }) => [
      `${label}, ${inputs[input]}`,
      ...factorial.map((table) => {
        const value = table.cells.find((cell) => cell.input === input)?.arms.find((one) => one.arm === arm)?.value ?? null;
        return formatValue(value, metric?.unit ?? "ms");
      }),
    ]),
  );
  const effectRow = (name: string, of: (table: FactorialTable) => RatioWithInterval | undefined): string[] => [
    name,
    ...factorial.map((table) => {
      const effect = of(table);
      return effect === undefined ? "–" : formatRatioWithInterval(effect);
    }),
  ];
  const effectRows = [
    ...first.transport.map(({ input, over, label }) =>
      effectRow(`WebSocket ÷ ${label}; ${inputs[input]}`, ({ transport }) =>
        transport.find((one) => one.input === input && one.over === over),
      ),
    ),
    ...first.input.map(({ arm, label }) => effectRow(`new ÷ whole; ${label}`, ({ input }) => input.find((one) => one.arm === arm))),
    effectRow("interaction", ({ interaction }) => interaction),
    effectRow("both at once", ({ mixed }) => mixed),
  ];
  return {
    values: { caption: `Transport × input: ${figure}`, columns, rows: valueRows },
    effects: { caption: `The effects, as ratios (95${NARROW_SPACE}%): ${figure}`, columns, rows: effectRows },
    sentences: factorial.map(sentenceOf),
    howToRead:
      "A change is one figure where its 95\u202F% interval excludes 1, and the interval itself where it does not. These changes are not corrected for multiple comparisons; the corrected verdicts on the transport stand with each setting below. " +
      "Interaction: the transport's effect with only what is new, divided by its effect with the whole context. At 1, neither effect makes the other larger. " +
      "Both at once: WebSocket with only what is new, divided by SSE with the whole context. Comparisons that change the transport and the input together report this figure.",
  };
}

function sentenceOf({ label, transport, input, mixed }: FactorialTable): string {
  const saved = [
    change(
      "WebSocket instead of SSE",
      transport.find((one) => one.over === "sse" && one.input === "new"),
    ),
    change(
      "sending only what is new",
      input.find(({ arm }) => arm === "ws"),
    ),
    change("both at once", mixed),
  ];
  return `${label}: ${saved.filter((part) => part !== "").join(", ")}.`;
}

/** `both at once −22 %`. Of an effect whose interval includes 1, what it may be: `both at once −4 % to +2 %`. */
function change(what: string, effect: RatioWithInterval | undefined): string {
  if (effect === undefined || effect.ratio === null) return "";
  const { low, high } = effect.interval;
  if (low === null || high === null) return `${what} unknown`;
  return low <= 1 && high >= 1 ? `${what} ${changeWords(low)} to ${changeWords(high)}` : `${what} ${changeWords(effect.ratio)}`;
}

function changeWords(ratio: number): string {
  const percent = (ratio - 1) * 100;
  const size = Math.abs(percent) < 1 ? Math.abs(percent).toFixed(2) : String(Math.round(Math.abs(percent)));
  return `${percent < 0 ? MINUS : "+"}${size}${NARROW_SPACE}%`;
}

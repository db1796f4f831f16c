import { fileURLToPath } from "node:url";
import { publishedPrices } from "../../cost/prices.ts";
import { chat } from "../../cost/sessions.ts";
import { costFigures, type ArmFigures } from "../../cost-measurements/cost-figures.ts";
import { loadUsage, type UsageFile } from "../../cost-measurements/usage-file.ts";
import type { Money } from "../../report/index.ts";
import { messageOf } from "../../usage/errors.ts";

/** The count that is committed: another one takes five minutes (`bench cost`). */
const USAGE = fileURLToPath(new URL("../../../../../reports/cost/usage.json", import.meta.url));
/** As `bench cost` has it by default. */
const INPUT_TOKENS = 1_000;

/** @returns `null`, and says why, where it cannot be read: a report is of a run that took minutes, and has the rest all the same */
export async function countedMoney(file = USAGE): Promise<Money | null> {
  try {
    return moneyOf(await loadUsage(file));
  } catch (error) {
    console.error(`The report does not say what sessions cost: ${messageOf(error)}`);
    return null;
  }
}

function moneyOf({ arms, startedAt }: UsageFile): Money {
  const figures = costFigures(arms, { session: chat, inputTokens: INPUT_TOKENS, prices: publishedPrices });
  const of = (id: string): ArmFigures["sessions"] => figures.arms.find((arm) => arm.id === id)?.sessions ?? [];
  const ws = of("ours-ws");
  return {
    countedOn: startedAt.slice(0, 10),
    pricesOf: publishedPrices.readOn,
    sessions: of("ours-sse").map(({ id, title, usd }) => ({ title, sse: usd, ws: ws.find((one) => one.id === id)?.usd ?? null })),
    models: figures.models,
    tokens: chat.tokens,
  };
}

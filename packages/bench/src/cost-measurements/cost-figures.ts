import type { MeasuredArm } from "../cost/measured-arm.ts";
import type { ModelPrice, Prices } from "../cost/prices.ts";
import {
  costOfSession,
  costOfWaiting,
  costTerms,
  includedTimes,
  isMeasured,
  modelCost,
  usageOfSession,
  type Cost,
  type Session,
} from "../cost/session-cost.ts";
import { sessionsLike, variationsOf } from "../cost/sessions.ts";

/** What a table, or a program, is given: no sentence, and each figure in dollars. */
export interface CostFigures {
  readonly prices: Prices;
  readonly session: Session;
  readonly inputTokens: number;
  /** Of 1,000 answers, by name. */
  readonly models: readonly { readonly name: string; readonly usd: number }[];
  readonly arms: readonly ArmFigures[];
}

export interface ArmFigures {
  readonly id: string;
  readonly label: string;
  /** Of 1,000 answers in such sessions. */
  readonly answers: Cost;
  /** In a month, until what the subscription includes is used up. */
  readonly includedAnswers: number;
  /** Of the model's own price; by the model's name. */
  readonly shareOfModel: Readonly<Record<string, number>>;
  /** Of 1,000 sessions of each kind; `null` where the arm cannot. */
  readonly sessions: readonly { readonly id: string; readonly title: string; readonly usd: number | null }[];
  /** Of one page that waits, with no answer at all. */
  readonly waiting: { readonly sleeps: boolean; readonly hourUsd: number; readonly monthUsd: number };
  /** Of 1,000 answers, where one thing is another; `null` where that was not measured. */
  readonly variations: readonly { readonly title: string; readonly usd: number | null }[];
}

const THOUSAND = 1_000;
const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;

export function costFigures(
  arms: readonly MeasuredArm[],
  { session, inputTokens, prices }: { readonly session: Session; readonly inputTokens: number; readonly prices: Prices },
): CostFigures {
  const ofModel = (price: ModelPrice): number => modelCost(price, { answers: THOUSAND, tokens: session.tokens }, inputTokens);
  const models = prices.models.map((price) => ({ name: price.name, usd: ofModel(price) }));
  return { prices, session, inputTokens, models, arms: arms.map((arm) => figuresOf(arm, { session, prices, models })) };
}

function figuresOf(arm: MeasuredArm, { session, prices, models }: Pick<CostFigures, "session" | "prices" | "models">): ArmFigures {
  const perThousandAnswers = (one: Session): Cost => scaled(costOfSession(arm, one, prices), THOUSAND / one.answers);
  const answers = perThousandAnswers(session);
  const whereMeasured = (one: Session, usd: (session: Session) => number): number | null => (isMeasured(arm, one) ? usd(one) : null);
  return {
    id: arm.id,
    label: arm.label,
    answers,
    includedAnswers: includedTimes(usageOfSession(arm, session), prices) * session.answers,
    shareOfModel: Object.fromEntries(models.map(({ name, usd }) => [name, answers.total / usd])),
    sessions: sessionsLike(session).map(({ id, title, session: one }) => ({
      id,
      title,
      usd: whereMeasured(one, (it) => THOUSAND * costOfSession(arm, it, prices).total),
    })),
    waiting: {
      sleeps: arm.sleeps,
      hourUsd: costOfWaiting(arm, HOUR_MS, prices).total,
      monthUsd: costOfWaiting(arm, MONTH_MS, prices).total,
    },
    variations: variationsOf(session)
      .flat()
      .map(({ title, session: one }) => ({ title, usd: whereMeasured(one, (it) => perThousandAnswers(it).total) })),
  };
}

function scaled({ terms, total }: Cost, factor: number): Cost {
  const scale = { ...terms };
  for (const term of costTerms) scale[term] = factor * terms[term];
  return { terms: scale, total: factor * total };
}

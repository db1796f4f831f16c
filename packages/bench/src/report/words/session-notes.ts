/** What stands under the figures of sessions: how a transport is chosen, and what another bar would choose. */
import type { SessionFigures, Sessions } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { SMALLEST_WAIT_MS } from "../../sessions/choice.ts";
import { adviceCell } from "../../sessions/sessions.ts";
import { formatNumber, listOf, lowerFirst, NARROW_SPACE } from "./format.ts";
import { choiceWord, ms } from "./sessions.ts";

/** @returns the notes that explain these figures */
export function notesOf(kinds: readonly SessionKind[], sessions: Sessions): readonly string[] {
  const spoken = spokenOf(kinds, sessions);
  return [...choiceNotes(kinds), SUMS, ...outageNotes(spoken), ...barNotes(spoken), ...runsNotes(spoken)];
}

/** The kinds of which something is said, with the cell that it is said of. */
export function spokenOf(kinds: readonly SessionKind[], sessions: Sessions): readonly Spoken[] {
  return kinds.flatMap((kind) => {
    const cell = adviceCell(kind, sessions);
    return cell === undefined ? [] : [{ kind, cell }];
  });
}

/** What has one distance only. */
export function outageNotes(spoken: readonly Spoken[]): string[] {
  const has = spoken.some(({ cell }) => cell.actions.some(({ scenario }) => scenario === "outage"));
  return has ? ["Tunnels and changes of address are 60 ms away, without loss, in every row."] : [];
}

const SUMS =
  "Means are summed, because medians do not add up. Intervals are 95 %. Shares are of the whole wait, the model’s own time included.";

/** The rule. */
export function choiceNotes(kinds: readonly SessionKind[]): string[] {
  const besides = kinds.flatMap(({ title, wait, noticedShare = 0 }) =>
    noticedShare === 0
      ? []
      : [`For an ${lowerFirst(title)}, it must also save ${formatNumber(noticedShare * 100)}${NARROW_SPACE}% of the ${wait}.`],
  );
  return [
    [`The table names a transport where it saves more than ${SMALLEST_WAIT_MS} ms of each wait, with 95 % confidence.`, ...besides].join(
      " ",
    ),
    "Either: with the same confidence, neither saves so much. Undecided: the runs cannot tell.",
  ];
}

export interface Spoken {
  readonly kind: SessionKind;
  readonly cell: SessionFigures;
}

/** `By 20 ms instead of 50: chat on phones is WebSocket. By 100 ms: voice is either.` Only of what is another choice there. */
function barNotes(spoken: readonly Spoken[]): string[] {
  const bars = spoken[0]?.cell.others.map(({ smallestWaitMs }) => smallestWaitMs) ?? [];
  const said = bars.flatMap((bar) => {
    const changed = spoken.flatMap(({ kind, cell }) =>
      cell.others.flatMap(({ smallestWaitMs, choice }) =>
        smallestWaitMs === bar && choice !== cell.choice ? [{ title: lowerFirst(kind.title), choice }] : [],
      ),
    );
    const rows = [...Map.groupBy(changed, ({ choice }) => choice)].map(
      ([choice, those]) => `${listOf(those.map(({ title }) => title))} ${those.length === 1 ? "is" : "are"} ${choiceWord(choice)}`,
    );
    return rows.length === 0 ? [] : [{ bar, rows: rows.join("; ") }];
  });
  if (said.length === 0)
    return bars.length === 0 ? [] : [`By ${bars.join(" or ")} ms instead of ${SMALLEST_WAIT_MS}, nothing else is to be taken.`];
  return [said.map(({ bar, rows }, index) => `By ${ms(bar)}${index === 0 ? ` instead of ${SMALLEST_WAIT_MS}` : ""}: ${rows}.`).join(" ")];
}

/** Where several runs measured a session. */
function runsNotes(spoken: readonly Spoken[]): string[] {
  const ofSeveral = spoken.map(({ cell }) => cell).filter(({ prediction }) => prediction !== null);
  if (ofSeveral.length === 0) return [];
  const two = ofSeveral.some(({ actions }) => actions.some(({ runs }) => runs === 2)) ? " Two runs tell little of that." : "";
  return [
    `Where several runs measured a whole session, the table has their mean. “One more run” is where its figure would lie, with 95 % confidence.${two}`,
  ];
}

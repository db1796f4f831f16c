/** Why nothing is said of a session somewhere, and how to measure it. */
import type { MissingFigures, MissingReason, SessionCell } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { placeOf } from "../../sessions/places.ts";
import { isMeasured } from "../../sessions/sessions.ts";
import { BENCH } from "../../usage/command-name.ts";
import { listOf, plural } from "./format.ts";
import { labelOf } from "./sessions.ts";

export interface Missing {
  /** `Not measured with a 20 ms round trip: a first answer (it was not asked for in this run).` */
  readonly words: string;
  readonly command: string;
}

/** Once for each place and set of reasons. */
export function missingOf(kind: SessionKind, cells: readonly SessionCell[]): Missing[] {
  const all = cells.flatMap((cell) => (cell.kind === kind.id && !isMeasured(cell) ? [cell] : []));
  const byReasons = Map.groupBy(all, ({ place, missing }) => `${commandFor(placeOf(place).depth, missing)} ${reasonsOf(kind, missing)}`);
  return [...byReasons.values()].flatMap((those) => {
    const [first] = those;
    if (first === undefined) return [];
    const where = [...new Set(those.map(({ place }) => place))].map((id) => placeOf(id).label);
    return [
      {
        words: `Not measured with ${listOf(where)}: ${reasonsOf(kind, first.missing)}.`,
        command: commandFor(placeOf(first.place).depth, first.missing),
      },
    ];
  });
}

function commandFor(depth: string, missing: MissingFigures["missing"]): string {
  return `${BENCH} run ${[...new Set(missing.map(({ scenario }) => scenario))].join(" ")} --${depth}`;
}

function reasonsOf({ actions }: SessionKind, missing: MissingFigures["missing"]): string {
  const byReason = Map.groupBy(missing, ({ reason, scenario }) => reasonWords(reason, scenario));
  return [...byReason].map(([reason, those]) => `${listOf(those.map(({ action }) => labelOf(actions, action)))} (${reason})`).join("; ");
}

function reasonWords(reason: MissingReason, scenario: string): string {
  switch (reason.code) {
    case "not-run":
      return (reason.notRun ?? `the run has no ${scenario}`).replace(/\.$/, "");
    case "no-such-setting":
      return `${scenario} had no such setting in this run`;
    case "other-instrument":
      return `this run’s ${scenario} is of another instrument`;
    case "too-few-groups":
      return `${plural(reason.groups, "pair group")}, and ${reason.needed} are needed`;
  }
}

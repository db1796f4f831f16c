/** Why nothing is said of a session somewhere, and how to measure it. */
import type { MissingFigures, MissingReason, SessionCell } from "../../sessions/facts.ts";
import type { SessionKind } from "../../sessions/kinds.ts";
import { pairingOf, places, type Place } from "../../sessions/places.ts";
import { isMeasured } from "../../sessions/sessions.ts";
import { BENCH } from "../../usage/command-name.ts";
import { listOf, lowerFirst, plural } from "./format.ts";

export interface Missing {
  /** `Not measured with a 20 ms round trip. The reason: the run has no distance.` */
  readonly words: string;
  readonly command: string;
}

/** Of one kind. */
export function missingOf({ id }: SessionKind, cells: readonly SessionCell[]): Missing[] {
  const own = cells.filter(({ kind }) => kind === id);
  return missingBy(own, (place, missing) => {
    const rest = own.some((cell) => cell.place === place.id && isMeasured(cell));
    return rest ? `, with ${listOf(missing.map(({ pairing }) => pairingOf(place, pairing).label))}` : "";
  });
}

/** Of all kinds together. */
export function missingOfAll(kinds: readonly SessionKind[], cells: readonly SessionCell[]): Missing[] {
  return missingBy(cells, (_, missing) => {
    const titles = kinds.filter(({ id }) => missing.some(({ kind }) => kind === id)).map(({ title }) => lowerFirst(title));
    return `, for ${listOf(titles)}`;
  });
}

/** Places that lack the same for the same reason are said together. @param what of a place it is, behind the names of places */
function missingBy(cells: readonly SessionCell[], what: (place: Place, missing: readonly MissingFigures[]) => string): Missing[] {
  const atPlaces = places.flatMap((place) => {
    const missing = cells.flatMap((cell) => (cell.place === place.id && !isMeasured(cell) ? [cell] : []));
    if (missing.length === 0) return [];
    const parts = missing.flatMap((cell) => cell.missing);
    const scenarios = [...new Set(parts.map(({ scenario }) => scenario))];
    return [
      {
        label: place.label,
        words: `${what(place, missing)}. The reason: ${reasonsOf(parts).join("; ")}.`,
        command: `${BENCH} run ${scenarios.join(" ")} --${place.depth}`,
      },
    ];
  });
  return [...Map.groupBy(atPlaces, ({ words, command }) => `${command} ${words}`).values()].flatMap((those) => {
    const [first] = those;
    if (first === undefined) return [];
    return [{ words: `Not measured with ${those.map(({ label }) => label).join(", or with ")}${first.words}`, command: first.command }];
  });
}

/** Each scenario's, once; of several that have too few pair groups, the one with the fewest. */
function reasonsOf(missing: MissingFigures["missing"]): string[] {
  const byReason = Map.groupBy(missing, ({ scenario, reason }) => JSON.stringify([scenario, reason.code]));
  return [...byReason.values()].flatMap((those) => {
    const [fewest] = those.toSorted((left, right) => groupsOf(left.reason) - groupsOf(right.reason));
    return fewest === undefined ? [] : [reasonWords(fewest.reason, fewest.scenario)];
  });
}

function groupsOf(reason: MissingReason): number {
  return reason.code === "too-few-groups" ? reason.groups : 0;
}

function reasonWords(reason: MissingReason, scenario: string): string {
  switch (reason.code) {
    case "not-run":
      return reason.notRun === null ? `the run has no ${scenario}` : `${scenario} (${reason.notRun.replace(/\.$/, "")})`;
    case "no-such-setting":
      return `${scenario} had no such setting in this run`;
    case "other-instrument":
      return `${scenario} was measured by another instrument in this run`;
    case "at-a-deployment":
      return `${scenario} was measured at a deployment`;
    case "too-few-groups":
      return `${scenario} has ${plural(reason.groups, "pair group")}, and ${reason.needed} are needed`;
  }
}

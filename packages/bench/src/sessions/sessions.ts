import type { Results } from "../results/schema.ts";
import type { SessionAdvice, SessionCell, SessionFigures, Sessions } from "./facts.ts";
import type { SessionKind } from "./kinds.ts";
import { besides, placeOf, places } from "./places.ts";
import { figuresOf } from "./sum.ts";
import type { RunOptions, Source } from "./waits.ts";

/** What of a run sessions are made from. */
interface MeasuredRun extends Pick<Results, "scenarios"> {
  readonly options: Pick<Results["options"], "target"> & RunOptions;
}

export function sourcesOf({ scenarios, options }: MeasuredRun, errorsMultipliedBy: number): Source[] {
  const run = Symbol("run");
  return scenarios.map((scenario) => ({ scenario, errorsMultipliedBy, run, how: options, isRemote: options.target !== null }));
}

/** Each kind of session at each place where it has waits, over each pairing; and what to take for it. */
export function sessionsOf(sources: readonly Source[], kinds: readonly SessionKind[]): Sessions {
  const cells = kinds.flatMap((kind) =>
    places.flatMap((place) => place.pairings.flatMap((pairing) => figuresOf(sources, kind, place, pairing) ?? [])),
  );
  return { cells, advice: kinds.map(({ id }) => adviceOn(id, cells)) };
}

export function isMeasured(cell: SessionCell): cell is SessionFigures {
  return "choice" in cell;
}

/** The cell that a kind's advice is of. */
export function adviceCell({ id }: SessionKind, { cells, advice }: Sessions): SessionFigures | undefined {
  const of = advice.find(({ kind }) => kind === id)?.of;
  return cells.filter(isMeasured).find(({ kind, place, pairing }) => kind === id && place === of?.place && pairing === of.pairing);
}

/**
 * Of the first place that was measured over what is usual there. What would change it is looked for in the other cells of the same
 * instrument.
 */
function adviceOn(kind: string, all: readonly SessionCell[]): SessionAdvice {
  const cells = all.filter((cell) => cell.kind === kind).filter(isMeasured);
  const of = places.flatMap(({ id, pairings }) => cells.find(({ place, pairing }) => place === id && pairing === pairings[0]?.id) ?? [])[0];
  if (of === undefined) return { kind, of: null, besides: 0, changes: [], opposed: [] };
  const { place, pairing, choice } = of;
  const comparable = besides(placeOf(place)).map(({ id }) => cells.filter((cell) => cell.place === id));
  // Where nothing is worth choosing, it does not matter which is ahead.
  const isOpposed = (cell: SessionFigures): boolean =>
    choice !== "either" && cell.choice === "undecided" && Math.sign(cell.difference) !== Math.sign(of.difference);
  return {
    kind,
    of: { place, pairing, choice },
    besides: comparable.flat().length - 1,
    changes: comparable.flatMap((here) =>
      [
        ...Map.groupBy(
          here.filter((cell) => !isOpposed(cell)),
          (cell) => cell.choice,
        ),
      ]
        .filter(([other]) => other !== choice)
        .map(([other, those]) => ({
          choice: other,
          place: those[0]?.place ?? place,
          pairings: those.length === here.length ? null : those.map((cell) => cell.pairing),
        })),
    ),
    opposed: comparable.flat().flatMap((cell) => (isOpposed(cell) ? [{ place: cell.place, pairing: cell.pairing }] : [])),
  };
}

/** On what a claim's result depends, in words. */
import type { ClaimVerdict, Dependence, DependenceLevel, ScenarioAnalysis } from "../../analysis/facts/index.ts";
import { factorName } from "./factors.ts";
import { armName, formatReduction, formatShare, listOf, plural } from "./format.ts";
import { placeWords } from "./quote.ts";
import { NO_DIFFERENCE_WORDS } from "./verdicts.ts";

/** More settings than this are counted, and not named: the scenario's page has them. */
const MOST_NAMED = 3;
/** Of more scenarios than this, neither settings nor sizes are said. */
const MOST_SCENARIOS = 2;

type Named = Pick<ScenarioAnalysis, "name" | "title">;
type ArmLevel = DependenceLevel & { readonly result: "sse" | "ws" };

/** On what it depends, and which transport is better where. Empty where all comparisons have one result. */
export function dependenceSentences({ dependences, places, direction }: ClaimVerdict, scenarios: readonly Named[]): string {
  const [first, ...others] = dependences;
  if (first === undefined) return "";
  const isMixedPlace = places.length > 1;
  if (others.length === 0)
    return [direction === "depends" ? onWhat(first) : "", ...levelSentences(first.levels, isMixedPlace)].filter(Boolean).join(" ");
  const decided = dependences.filter((one) => armsOf(one).length > 0);
  const parts = decided.map((one) => (decided.length > MOST_SCENARIOS ? inShort(one, scenarios) : atLength(one, scenarios, isMixedPlace)));
  return [...parts, restSentence(dependences)].filter(Boolean).join(" ");
}

/** Nothing where one transport is better, or the run cannot tell, everywhere. */
function onWhat(one: Dependence): string {
  if (one.levels.filter(({ result }) => result !== "undecided").length < 2) return "";
  return one.factors.length === 0 ? "It depends on the setting." : `It depends on ${factorsWords(one)}.`;
}

function factorsWords({ factors, others }: Dependence): string {
  const names = `${listOf(factors.map(factorName))}${others.length === 0 ? "" : ", among others"}`;
  return factors.length < 2 ? names : `${names}, which the run does not tell apart`;
}

function levelSentences(levels: readonly DependenceLevel[], saysWhere: boolean): string[] {
  return levels.map((level) => {
    const { result, settings } = level;
    if (isArm(level)) return `${betterWords(level, saysWhere)}.`;
    const where = settings.length > 1 ? `In ${plural(settings.length, "other setting")}` : `At ${settingsWords(settings)}`;
    return result === "neither" ? `${where}, there is ${NO_DIFFERENCE_WORDS}.` : `${where}, the run cannot tell.`;
  });
}

/** `Round trips: by what is done, WebSocket is better by 30 % (53.6 ms) at the next answer, 100 ms away.` */
function atLength(dependence: Dependence, scenarios: readonly Named[], saysWhere: boolean): string {
  const by = dependence.factors.length === 0 ? "" : `by ${factorsWords(dependence)}, `;
  return `${titleOf(dependence, scenarios)}: ${by}${armsOf(dependence)
    .map((level) => betterWords(level, saysWhere))
    .join(". ")}.`;
}

/** `Round trips: WebSocket or SSE is better, by what is done.` */
function inShort(dependence: Dependence, scenarios: readonly Named[]): string {
  const { factors, levels } = dependence;
  const arms = armsOf(dependence).map(({ result }) => armName(result));
  const by = factors.length > 0 ? `, by ${factorsWords(dependence)}` : levels.length > 1 ? " at some settings" : "";
  return `${titleOf(dependence, scenarios)}: ${arms.join(" or ")} is better${by}.`;
}

function restSentence(dependences: readonly Dependence[]): string {
  const rest = dependences.filter((one) => armsOf(one).length === 0);
  const isOpen = rest.some(({ levels }) => levels.some(({ result }) => result === "undecided"));
  return rest.length === 0
    ? ""
    : `In ${plural(rest.length, "other scenario")}, ${isOpen ? `${NO_DIFFERENCE_WORDS} is shown` : `there is ${NO_DIFFERENCE_WORDS}`}.`;
}

/** `WebSocket is better by 21 % (238–297 ms) at 50 turns, over loopback`. */
function betterWords(level: ArmLevel, saysWhere: boolean): string {
  const { result, settings, reduction } = level;
  const place = saysWhere ? placeWords(settings.map(({ place: of }) => of)) : null;
  // A share alone says more of a count than a count of what.
  const size =
    reduction === null ? "" : ` by ${reduction.unit === "count" ? formatShare(reduction) : formatReduction(reduction, reduction.unit)}`;
  return `${armName(result)} is better${size} at ${settingsWords(settings)}${place === null ? "" : `, ${place}`}`;
}

/** Labels have commas of their own. */
function settingsWords(settings: DependenceLevel["settings"]): string {
  const labels = crossed([...new Set(settings.map(({ condition }) => condition))]);
  const isAll = labels.length <= MOST_NAMED + 1;
  return isAll ? labels.join("; ") : `${labels.slice(0, MOST_NAMED).join("; ")}; and ${labels.length - MOST_NAMED} more`;
}

/** `20 turns (new)`, `20 turns (all)`, `50 turns (new)`, `50 turns (all)`: `20 turns and 50 turns, each with: new; all`. */
function crossed(labels: readonly string[]): readonly string[] {
  const parts = labels.map((label) => /^(?<base>.+) \((?<way>[^()]+)\)$/.exec(label)?.groups);
  const ways = [...new Set(parts.map((part) => part?.["way"]))];
  const bases = [...new Set(parts.map((part) => part?.["base"]))];
  const isWhole = ways.length > 1 && ways.length * bases.length === labels.length && !ways.includes(undefined);
  return isWhole && bases.length > 1 ? [`${listOf(bases.map(String))}, each with: ${ways.join("; ")}`] : labels;
}

function titleOf({ scenario }: Dependence, scenarios: readonly Named[]): string {
  return scenarios.find(({ name }) => name === scenario)?.title ?? scenario ?? "";
}

function isArm(level: DependenceLevel): level is ArmLevel {
  return level.result === "ws" || level.result === "sse";
}

function armsOf({ levels }: Dependence): ArmLevel[] {
  return levels.filter(isArm);
}

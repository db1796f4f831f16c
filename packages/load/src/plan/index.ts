export { arrivalsOf, peakRate, quantilesOf, type Phase, type Quantiles } from "./arrivals.ts";
export { artilleryScript, thresholdsOf, usedBy, wantedOf, type ArtilleryScript, type ScriptOptions } from "./artillery-script.ts";
export { longestSeconds } from "./longest.ts";
export {
  runLimitMsOf,
  runsPerUser,
  scenarioNames,
  scenarios,
  tokensPerAnswerOf,
  type LoadScenario,
  type ScenarioName,
  type Wanted,
} from "./scenario-list.ts";
export { P95_FIRST_EVENT_MS, type Threshold } from "./thresholds.ts";

import { UsageError } from "../usage/errors.ts";

/**
 * Where a figure's raw samples are, as an RFC 9535 JSONPath into results.json. Only what a figure needs is written and read here: names, and
 * filters that compare a member with a text, joined by `&&`.
 */
export interface RawPlace {
  readonly scenario: string;
  readonly condition?: string;
  readonly arm?: string;
  /** A metric's samples, or with `kind` a block's single value or its timeline. */
  readonly kind: "samples" | "values" | "timeline";
  readonly name?: string;
}

export function rawPath({ scenario, condition, arm, kind, name }: RawPlace): string {
  const filters = [
    ...(condition === undefined ? [] : [`@.condition==${quoted(condition)}`]),
    ...(arm === undefined ? [] : [`@.arm==${quoted(arm)}`]),
  ];
  const blocks = filters.length === 0 ? "blocks[*]" : `blocks[?${filters.join(" && ")}]`;
  return `$.scenarios[?@.name==${quoted(scenario)}].${blocks}.${kind}${name === undefined ? "" : `[${quoted(name)}]`}`;
}

/** RFC 9535 §2.3.1.1: single quotes, with `\` before a quote and before itself. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, (character) => `\\${character}`)}'`;
}

const INNER = String.raw`(?:[^'\\]|\\.)*`;
const TEXT = `'(${INNER})'`;
const STEPS: readonly (readonly [RegExp, (match: RegExpExecArray) => (node: unknown) => unknown[]])[] = [
  [
    /^\.([A-Za-z_]\w*)/,
    ([, name = ""]) =>
      (node) =>
        member(node, name),
  ],
  [
    new RegExp(`^\\[${TEXT}\\]`),
    ([, name = ""]) =>
      (node) =>
        member(node, unquoted(name)),
  ],
  [/^\[\*\]/, () => children],
  [
    new RegExp(String.raw`^\[\?((?:@\.\w+=='${INNER}'(?:\s*&&\s*)?)+)\]`),
    ([, filter = ""]) => {
      const wanted = [...filter.matchAll(new RegExp(String.raw`@\.(\w+)==${TEXT}`, "g"))].map(
        ([, name = "", text = ""]) => [name, unquoted(text)] as const,
      );
      return (node) => children(node).filter((child) => wanted.every(([name, text]) => member(child, name)[0] === text));
    },
  ],
];

function unquoted(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

function member(node: unknown, name: string): unknown[] {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === name ? [value] : []));
}

function children(node: unknown): unknown[] {
  return typeof node === "object" && node !== null ? Object.values(node) : [];
}

/** All that a path leads to, in the file's order. @throws UsageError where it is not a path of this kind */
export function resolvePath(root: unknown, path: string): unknown[] {
  if (!path.startsWith("$")) throw new UsageError(`${path} is not a path: a path begins with $, as in the report.`);
  let nodes: unknown[] = [root];
  let rest = path.slice(1);
  while (rest !== "") {
    let step: ((node: unknown) => unknown[]) | undefined;
    for (const [pattern, make] of STEPS) {
      const match = pattern.exec(rest);
      if (match === null) continue;
      step = make(match);
      rest = rest.slice(match[0].length);
      break;
    }
    if (step === undefined) throw new UsageError(`${path} cannot be read at “${rest}”. Copy a path from the report.`);
    nodes = nodes.flatMap(step);
  }
  return nodes;
}

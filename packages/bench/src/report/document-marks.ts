/** Where a document shows what `bench verdicts` prints: between two comments, the first of which names the files that it is of. */
import { UsageError } from "../usage/errors.ts";

/** The answer in short, what to take with its intervals and runs, browsers on a network, or the figures that decide, by a name of its marks. */
export const SHOWN = ["answer", "verdicts", "network", "figures"] as const;
export type Shown = (typeof SHOWN)[number];

const begins: Readonly<Record<Shown, RegExp>> = {
  answer: /<!-- answer:begin((?: \S+)*?) -->/,
  verdicts: /<!-- verdicts:begin((?: \S+)*?) -->/,
  network: /<!-- network:begin((?: \S+)*?) -->/,
  figures: /<!-- figures:begin((?: \S+)*?) -->/,
};

function endOf(shown: Shown): string {
  return `<!-- ${shown}:end -->`;
}

/** Whether there is one of its marks at least: {@link shownIn} says what is wrong with them. */
export function hasMarks(document: string, shown: Shown): boolean {
  return document.includes(`<!-- ${shown}:begin`) || document.includes(`<!-- ${shown}:end`);
}

/** What stands between the marks of a document, and the files that it says it came from. @throws UsageError where there are no marks */
export function shownIn(
  document: string,
  shown: Shown,
): {
  readonly files: readonly string[];
  readonly text: string;
  readonly from: number;
  readonly to: number;
} {
  const begin = begins[shown].exec(document);
  const end = endOf(shown);
  const to = document.indexOf(end);
  if (begin === null || to < begin.index) {
    throw new UsageError(`There is no <!-- ${shown}:begin --> … ${end} to write between.`);
  }
  const from = begin.index + begin[0].length;
  const files = (begin[1] ?? "").split(" ").filter((file) => file !== "");
  return { files, text: document.slice(from, to).trim(), from: begin.index, to: to + end.length };
}

export function replaceShown(document: string, shown: Shown, files: readonly string[], text: string): string {
  const { from, to } = shownIn(document, shown);
  return `${document.slice(0, from)}<!-- ${shown}:begin ${files.join(" ")} -->\n${text}\n${endOf(shown)}${document.slice(to)}`;
}

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "./blocks.ts";

/** What promises. A sentence with one of these words says what holds in each case; RFC 2119's are among them. */
const PROMISES = /\b(?:must|should|never|always|exactly|promises?|nothing|nobody|once|whole)\b/i;

/** The sentences of a document, without its code. A row of a table is one piece, and a point of a list begins another. */
export function sentencesOf(markdown: string): string[] {
  const pieces: string[] = [];
  let open = false;
  for (const line of markdown.replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, "").split("\n")) {
    const text = line.replaceAll("**", "").trim();
    const apart = /^(?:\||[-*] |\d+\. )/.test(text);
    if (text === "" || text.startsWith("#") || text.startsWith("<!--")) open = false;
    else if (open && !apart) pieces[pieces.length - 1] += ` ${text}`;
    else {
      pieces.push(text);
      open = !text.startsWith("|");
    }
  }
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return pieces.flatMap((piece) => (piece.startsWith("|") ? [piece] : [...segmenter.segment(piece)].map(({ segment }) => segment.trim())));
}

export function promisesOf(markdown: string): string[] {
  return sentencesOf(markdown).filter((sentence) => PROMISES.test(sentence));
}

/** Rows of a table behind a heading, by their cells. */
export function tableBehind(markdown: string, heading: string): string[][] {
  const [, behind = ""] = markdown.split(`${heading}\n`);
  const [section = ""] = behind.split(/^#/m);
  return rowsOf(section).slice(2);
}

function rowsOf(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("| ") || line.startsWith("|-"))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** The rows whose first cell is a row's name, such as `L1`. */
export function namedRows(markdown: string): Map<string, string[]> {
  return new Map(rowsOf(markdown).flatMap(([name = "", ...cells]) => (/^[A-Z]\d+$/.test(name) ? [[name, cells] as const] : [])));
}

/** A test that a document names: a link to its file, and its title behind it. */
interface NamedTest {
  readonly file: string;
  readonly titles: readonly string[];
}

export function testsIn(text: string): NamedTest[] {
  return [...text.matchAll(/\]\(([^)\s]+\.ts)\)((?:,? `[^`]+`)*)/g)].map(([, file = "", titles = ""]) => ({
    file,
    titles: [...titles.matchAll(/`([^`]+)`/g)].map(([, title = ""]) => title),
  }));
}

/** The titles of a file's tests, of its groups of tests, and of conformance cases. What a title is filled in with is `…`. */
export function titlesIn(source: string): Set<string> {
  const titled = /(?:\b(?:it|test|describe)((?:\.\w+)*)\(|\)\(|\btitle:)\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;
  const titles = [...source.matchAll(titled)].filter(([, how = ""]) => !/\.(?:skip|todo)\b/.test(how));
  return new Set(titles.map(([, , quoted = "", template = ""]) => (quoted + template).replaceAll(/\$\{[^}]*\}|%[sdifjop]|\$\w+/g, "…")));
}

/** What is wrong with the tests that a document names. @param path the document's */
export async function faultsOfTests(path: string, text: string): Promise<string[]> {
  const faults = testsIn(text).map(async ({ file, titles }) => {
    if (titles.length === 0) return [`${file}: no title`];
    const source = await readFile(join(root, dirname(path), file), "utf8").catch(() => "");
    const there = titlesIn(source);
    // A title that is all filled in would fit any.
    return titles.filter((title) => !there.has(title) || title === "…").map((title) => `${file}: ${title}`);
  });
  return (await Promise.all(faults)).flat();
}

/**
 * What is wrong with the rows that promises are given.
 *
 * @param given by a piece of the sentence that promises: the rows that prove it, or why it promises nothing
 */
export function faultsOfPromises(
  promises: readonly string[],
  given: Readonly<Record<string, string>>,
  rows: ReadonlyMap<string, unknown>,
): string[] {
  const pieces = Object.keys(given);
  return [
    ...promises
      .filter((sentence) => !pieces.some((piece) => sentence.includes(piece)))
      .map((sentence) => `A promise without a row: ${sentence}`),
    ...pieces
      .filter((piece) => promises.filter((sentence) => sentence.includes(piece)).length !== 1)
      .map((piece) => `In no promise, or in several: ${piece}`),
    ...Object.values(given)
      .filter((names) => /^[A-Z]\d/.test(names))
      .flatMap((names) => names.split(" "))
      .filter((name) => !rows.has(name))
      .map((name) => `There is no row ${name}.`),
  ];
}

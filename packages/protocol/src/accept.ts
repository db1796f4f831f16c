import { mediaType } from "./media-type.ts";

/** A member of the list: a comma within a quoted string is part of it. */
const MEMBER = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const WEIGHT = /;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*(?:;|$)/i;

/**
 * How much a client wants a media type, 0 to 1, by RFC 9110 §12.5.1: the most specific range that fits says it. 0 is "not acceptable", and also what no
 * range fits.
 *
 * @param accept the `Accept` header; without one everything is welcome
 */
export function weightOf(accept: string | null, type: string): number {
  if (accept === null) return 1;
  const [main] = type.split("/");
  const fitting = [type, `${main}/*`, "*/*"];
  let best = fitting.length;
  let weight = 0;
  for (const [member] of accept.matchAll(MEMBER)) {
    const place = fitting.indexOf(mediaType(member) ?? "");
    if (place === -1 || place >= best) continue;
    best = place;
    weight = Number(WEIGHT.exec(member)?.[1] ?? 1);
  }
  return weight;
}

/**
 * A drawing in few bytes. Plot writes for any page: each drawing with a style sheet of its own, coordinates to a millionth of a pixel, and a point
 * for each sample. Here the page has the style, a tenth of a pixel is seen by nobody, and neither is a point on the way between two others.
 */

/** Of a pixel of the drawing. */
const STEPS = 10;
/** In such steps: what a line may be moved by where points are left out. A line is 20 wide. */
const TOLERANCE = 2;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function compact(svg: string): string {
  return svg
    .replaceAll(/<style>[^]*?<\/style>/g, "")
    .replaceAll(/ (?:class="plot-[^"]*"|aria-hidden="true"|aria-label="[^"]*")/g, "")
    .replaceAll(/((?: [a-z-]+="[^"]*")*) d="([^"]*)"/g, (_all, before: string, d: string) => `${before} d="${compactPath(d)}"`)
    .replaceAll(/<line [^>]*\/>(?:<line [^>]*\/>)+/g, joinLines)
    .replaceAll(/ (?:[xyr]|[xy][12]|c[xy]|width|height|transform)="[^"]*\d\.\d\d[^"]*"/g, withRoundedNumbers);
}

/** Of places: a share of an em, or of opacity, is none. */
function withRoundedNumbers(attribute: string): string {
  return attribute.replaceAll(/\d+\.\d{2,}(?![\da-z])/g, (number) => String(rounded(Number(number)) / STEPS));
}

/** Only what Plot draws of series: straight lines from absolute points. Any other path is left as it is. */
function compactPath(d: string): string {
  if (!/^(?:M-?[\d.]+,-?[\d.]+(?:L-?[\d.]+,-?[\d.]+)*Z?)+$/.test(d)) return d;
  const parts = d.match(/M[^MZ]*Z?/g) ?? [];
  return parts.map((part) => `${relative(simplified(pointsOf(part)))}${part.endsWith("Z") ? "z" : ""}`).join("");
}

function pointsOf(part: string): Point[] {
  return [...part.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => ({ x: rounded(Number(x)), y: rounded(Number(y)) }));
}

function rounded(value: number): number {
  return Math.round(value * STEPS);
}

/** [Douglas and Peucker 1973] Both ends, and what is further than the tolerance from the line between what stays. */
function simplified(points: readonly Point[]): Point[] {
  const keeps = new Set([0, points.length - 1]);
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    const furthest = furthestOf(points, from, to);
    if (furthest === null) continue;
    keeps.add(furthest);
    open.push([from, furthest], [furthest, to]);
  }
  return points.filter((_, index) => keeps.has(index));
}

function furthestOf(points: readonly Point[], from: number, to: number): number | null {
  const [start, end] = [points[from], points[to]];
  if (start === undefined || end === undefined) return null;
  let furthest: number | null = null;
  let most = TOLERANCE;
  for (let index = from + 1; index < to; index++) {
    const distance = distanceOf(points[index] ?? start, start, end);
    if (distance > most) [furthest, most] = [index, distance];
  }
  return furthest;
}

/** Of a point from a line that has two ends. */
function distanceOf(point: Point, start: Point, end: Point): number {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = dx ** 2 + dy ** 2;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((point.x - start.x) * dx + (point.y - start.y) * dy) / length));
  return Math.hypot(point.x - start.x - along * dx, point.y - start.y - along * dy);
}

/** Each point from the one before: both are whole steps, so nothing adds up. */
function relative(points: readonly Point[]): string {
  const steps = points.map((point, index) => {
    const before = points[index - 1];
    const [x, y] = before === undefined ? [point.x, point.y] : [point.x - before.x, point.y - before.y];
    return pair(x / STEPS, y / STEPS);
  });
  const [first = "", ...others] = steps;
  return others.length === 0 ? `M${first}` : `M${first}l${others.join(" ").replaceAll(" -", "-")}`;
}

/** A minus sign parts two numbers as well as a space does. */
function pair(x: number, y: number): string {
  return y < 0 ? `${x}${y}` : `${x} ${y}`;
}

/** Of lines that look alike, one path. */
function joinLines(lines: string): string {
  const all = (lines.match(/<line [^>]*\/>/g) ?? []).map((line) => {
    const at = (name: string): number => Number(new RegExp(` ${name}="([^"]*)"`).exec(line)?.[1] ?? 0);
    const look = line
      .slice("<line".length, -"/>".length)
      .replaceAll(/ [xy][12]="[^"]*"/g, "")
      .trimEnd();
    const points = [
      { x: rounded(at("x1")), y: rounded(at("y1")) },
      { x: rounded(at("x2")), y: rounded(at("y2")) },
    ];
    return { look, d: relative(points) };
  });
  return [...Map.groupBy(all, ({ look }) => look)]
    .map(([look, those]) => `<path${look} d="${those.map(({ d }) => d).join("")}" />`)
    .join("");
}

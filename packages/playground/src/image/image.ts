/** An image's rows are sent into a run as bytes, and drawn as they come back: the number of the row, then a red, a green and a blue byte for each pixel. */
export const IMAGE_SIZE = 96;
const ROW_BYTES = 1 + IMAGE_SIZE * 3;

/** The rows of a sun above water, made here so that there is nothing to load. */
export function imageRows(): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: IMAGE_SIZE }, (_, y) => {
    const row = new Uint8Array(ROW_BYTES);
    row[0] = y;
    for (let x = 0; x < IMAGE_SIZE; x++) row.set(colourAt(x / IMAGE_SIZE, y / IMAGE_SIZE), 1 + x * 3);
    return row;
  });
}

export interface Row {
  readonly y: number;
  /** Red, green, blue and opaque for each pixel, as a canvas takes it. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** The row that these bytes are; `undefined` where they are none. */
export function rowOf(bytes: Uint8Array): Row | undefined {
  const y = bytes[0];
  if (bytes.length !== ROW_BYTES || y === undefined || y >= IMAGE_SIZE) return undefined;
  const pixels = new Uint8ClampedArray(IMAGE_SIZE * 4).fill(255);
  for (let x = 0; x < IMAGE_SIZE; x++) pixels.set(bytes.subarray(1 + x * 3, 4 + x * 3), x * 4);
  return { y, pixels };
}

const HORIZON = 0.62;
type Colour = readonly [number, number, number];
const SKY: Colour = [38, 70, 130];
const GLOW: Colour = [255, 172, 96];
const SEA: Colour = [16, 38, 66];
const SUN: Colour = [255, 236, 190];

function colourAt(x: number, y: number): Colour {
  const above = y < HORIZON;
  const distance = Math.hypot(x - 0.5, (y - 0.5) * 1.05);
  if (above && distance < 0.17) return SUN;
  if (above) return mix(SKY, GLOW, (y / HORIZON) ** 2 * (1 - Math.min(1, Math.abs(x - 0.5))));
  const wave = Math.sin(y * 190 + Math.sin(x * 17) * 2) * 0.5 + 0.5;
  const path = Math.max(0, 1 - Math.abs(x - 0.5) / (0.08 + (y - HORIZON) * 0.5));
  return mix(SEA, GLOW, path * wave * 0.85 + 0.06);
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const at = (index: 0 | 1 | 2): number => Math.round(from[index] + (to[index] - from[index]) * share);
  return [at(0), at(1), at(2)];
}

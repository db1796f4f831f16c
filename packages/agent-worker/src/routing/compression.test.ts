import { expect, it } from "vitest";
import { checkCompression, DECLINED, extensionsFor, type Compression } from "./compression.ts";

const handshake = new Request("http://agent.example/", { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } });

it.each<[Compression, string | undefined]>([
  ["off", DECLINED],
  [false, DECLINED],
  ["on", undefined],
  [true, undefined],
  ["small-window", "permessage-deflate; server_max_window_bits=11; client_max_window_bits=11"],
])("compressWebSockets: %j is what its word says", (given, extensions) => {
  checkCompression(given);
  expect(extensionsFor(handshake, given)).toBe(extensions);
});

// As an author writes it in JavaScript, or takes it from a variable.
it.each(["OFF", "", "0", "false", "no", 0, 1, null, undefined])("compressWebSockets: %j is refused", (given) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The same.
  expect(() => checkCompression(given as Compression)).toThrow('must be "off", "small-window" or "on"');
});

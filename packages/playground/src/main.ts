import { describe, readAbout } from "./about.ts";
import { Playground } from "./playground.ts";
import { find, write } from "./view/dom.ts";

const playground = new Playground();
const about = await readAbout();
const { text, warning } = describe(about, playground.settings.url);
const place = find("#about", HTMLElement);
write(place, text);
place.dataset["warning"] = String(warning);
await playground.begin(about);

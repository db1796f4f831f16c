import { isName, isWorkerUrl, PACE, readSettings, WORDS, type Settings } from "../settings/settings.ts";
import { keepToken, tokenFor } from "../settings/trust.ts";
import { find } from "./dom.ts";

export interface AskFormUser {
  start(): void;
  stop(): void;
  /** Follow the runs that a link names, of an Agent elsewhere. */
  follow(): void;
  /** The URL of another Worker was typed, or taken away. */
  turned(url: string | undefined): void;
}

const URL_RULE = "Begin with https:// or http://. Leave it empty for the Worker of this page.";
/** PROTOCOL.md §1. With a run each, the name of the transport is added to it. */
const NAME_RULE = "Give 1 to 124 letters, digits, or - _ . ~, other than . .. runs tickets sub. Leave it empty for a new agent.";

/** The form with the question, and where it goes. */
export class AskForm {
  readonly #form = find("#ask", HTMLFormElement);
  readonly #start = find("#start", HTMLButtonElement);
  readonly #stop = find("#stop", HTMLButtonElement);
  readonly #follow = find("#follow", HTMLButtonElement);
  readonly #runs = find("#runs", HTMLSelectElement, this.#form);

  constructor(user: AskFormUser) {
    this.#form.addEventListener("input", () => this.#check());
    // Whoever is to be shown what is wrong with a field must see it.
    this.#form.addEventListener("invalid", ({ target }) => this.#unfold(target), { capture: true });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      user.start();
    });
    this.#stop.addEventListener("click", () => user.stop());
    this.#follow.addEventListener("click", () => user.follow());
    const token = this.#field("token");
    token.addEventListener("change", () => {
      // Until it is known for whom it is, it is for nobody.
      if (this.#field("url").validity.valid) keepToken(this.#url, token.value);
    });
    this.#field("url").addEventListener("change", () => {
      if (!this.#field("url").validity.valid) return;
      // What was typed for one origin is not shown to another.
      this.#showToken();
      user.turned(this.#url);
    });
  }

  /** Where the question would go. */
  get #url(): string | undefined {
    return this.read().url;
  }

  fill(settings: Settings): void {
    this.#field("prompt").value = settings.prompt;
    this.#field("pace").value = String(settings.tokensPerSecond);
    this.#field("words").value = String(settings.words);
    this.#field("url").value = settings.url ?? "";
    this.#runs.value = settings.runs;
    this.showName(settings.name);
    find("details", HTMLDetailsElement, this.#form).open = settings.url !== undefined;
    this.#showToken();
  }

  showName(name = ""): void {
    this.#field("name").value = name;
    this.#check();
  }

  /** What the form says, as a URL would; without runs. */
  read(): Settings {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) if (typeof value === "string" && name !== "token") query.set(name, value);
    return readSettings(query.toString());
  }

  /** Whether whom it names can be asked. What cannot is told beside its field. */
  namesAgent(): boolean {
    return ["url", "name", "token"].every((id) => this.#field(id).reportValidity());
  }

  /** Whom it asks is known. */
  ready(): void {
    this.#start.disabled = false;
  }

  /** Only the scripted model takes its pace and its length from us. */
  allowPace(allowed: boolean): void {
    for (const [name, { min, max }] of [
      ["pace", PACE],
      ["words", WORDS],
    ] as const) {
      const field = this.#field(name);
      field.disabled = !allowed;
      field.title = allowed ? `${min} to ${max}, of the scripted model` : "The model decides.";
    }
  }

  askForToken(asked: boolean): void {
    if (asked) find("details", HTMLDetailsElement, this.#form).open = true;
    this.#field("token").required = asked;
  }

  /** Whether there are runs that a person may choose to follow. */
  offerToFollow(offered: boolean): void {
    this.#follow.hidden = !offered;
  }

  live(live: boolean): void {
    this.#stop.disabled = !live;
  }

  /** What the settings would not take is told, and not replaced by a default. */
  #check(): void {
    const url = this.#field("url");
    url.setCustomValidity(url.value === "" || isWorkerUrl(url.value) ? "" : URL_RULE);
    const name = this.#field("name");
    const taken = name.value === "" || isName(name.value, this.#runs.value === "each" ? "each" : "one");
    name.setCustomValidity(taken ? "" : NAME_RULE);
  }

  #unfold(field: EventTarget | null): void {
    const details = field instanceof Element ? field.closest("details") : null;
    if (details !== null) details.open = true;
  }

  #showToken(): void {
    this.#field("token").value = tokenFor(this.#url) ?? "";
  }

  #field(id: string): HTMLInputElement {
    return find(`#${id}`, HTMLInputElement, this.#form);
  }
}

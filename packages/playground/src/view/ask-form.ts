import { PACE, readSettings, WORDS, type Settings } from "../settings/settings.ts";
import { find } from "./dom.ts";

/** Where a token is kept: this tab's own, and never the URL. */
const TOKEN = "playground-token";

/** The form with the question, and where it goes. */
export class AskForm {
  readonly #form = find("#ask", HTMLFormElement);
  readonly #stop = find("#stop", HTMLButtonElement);

  constructor(user: { start(): void; stop(): void }) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      user.start();
    });
    this.#stop.addEventListener("click", () => user.stop());
    const token = this.#field("token");
    token.value = sessionStorage.getItem(TOKEN) ?? "";
    token.addEventListener("change", () => sessionStorage.setItem(TOKEN, token.value));
  }

  get token(): string | undefined {
    return this.#field("token").value || undefined;
  }

  fill(settings: Settings): void {
    this.#field("prompt").value = settings.prompt;
    this.#field("pace").value = String(settings.tokensPerSecond);
    this.#field("words").value = String(settings.words);
    this.#field("url").value = settings.url ?? "";
    this.#field("name").value = settings.name;
    find("#runs", HTMLSelectElement, this.#form).value = settings.runs;
    find("details", HTMLDetailsElement, this.#form).open = settings.url !== undefined;
  }

  /** What the form says, as a URL would; without runs. */
  read(): Settings {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) if (typeof value === "string" && name !== "token") query.set(name, value);
    return readSettings(query.toString());
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

  askForToken(): void {
    find("details", HTMLDetailsElement, this.#form).open = true;
    this.#field("token").required = true;
  }

  live(live: boolean): void {
    this.#stop.disabled = !live;
  }

  #field(id: string): HTMLInputElement {
    return find(`#${id}`, HTMLInputElement, this.#form);
  }
}

/** Saved prompts in the composer: a slash in an empty field lists them, and Tab goes from one {place} to the next. */
import { announce } from "../announcer.js";
import { byId, h, icon } from "../dom.js";
import { best } from "../palette/fuzzy.js";
import { n, t } from "../words.js";
import { listPrompts } from "./api.js";
import { place } from "./places.js";

const COMMAND = /^\/([^\n/]{0,60})$/;
const MOST = 50;

export class Prompts {
  #items = null;
  #options = [];
  #active = 0;
  #filling = false;

  constructor(composer) {
    this.composer = composer;
    this.field = composer.field;
    this.list = byId("prompt-list");
    this.field.addEventListener("input", () => this.#typed());
    // Before the field's own keys: Enter sends there.
    composer.form.addEventListener("keydown", (event) => event.target === this.field && this.#key(event), { capture: true });
    composer.form.addEventListener("submit", () => this.#stop(), { capture: true });
    addEventListener("pointerdown", (event) => composer.form.contains(event.target) || this.list.contains(event.target) || this.#close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
    this.list.addEventListener("click", (event) => this.#choose(Number(event.target.closest("[data-at]")?.dataset.at ?? -1)));
  }

  /** They were changed in another tab. */
  forget() {
    this.#items = null;
  }

  set items(items) {
    this.#items = items;
  }

  async load() {
    this.#items ??= (await listPrompts()).items;
    return this.#items;
  }

  async manage() {
    const { promptsDialog } = await import("./dialog.js");
    promptsDialog(this);
  }

  use(text) {
    this.composer.fill(text);
    this.#filling = Boolean(place(text, 0));
    if (this.#filling) this.#select(place(text, 0));
    else this.composer.focus();
  }

  async #typed() {
    const query = COMMAND.exec(this.field.value)?.[1];
    if (query === undefined) return this.#close();
    try {
      await this.load();
    } catch (error) {
      return announce(error.message);
    }
    if (COMMAND.exec(this.field.value)?.[1] === query) this.#open(query);
  }

  #open(query) {
    const found = best(query, this.#items, ({ name }) => name, MOST);
    if (query && !found.length) return this.#close();
    const manage = { name: this.#items.length ? t("Manage saved prompts") : t("Save your first prompt"), manage: true };
    this.#options = [...found, manage];
    this.#active = 0;
    this.list.replaceChildren(...this.#options.map(row));
    this.list.hidden = false;
    this.field.setAttribute("aria-controls", this.list.id);
    this.#activate(0);
    announce(n("{count} saved prompt", "{count} saved prompts", found.length));
  }

  #close() {
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
    this.field.removeAttribute("aria-controls");
  }

  #stop() {
    this.#close();
    this.#filling = false;
  }

  #activate(at) {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.#active = at;
    const element = this.list.children[at];
    element.setAttribute("aria-selected", "true");
    element.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", element.id);
  }

  #choose(at) {
    const option = this.#options[at];
    if (!option) return;
    this.#close();
    if (!option.manage) return this.use(option.text);
    this.composer.fill("");
    this.manage();
  }

  #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.list.hidden) this.#listKey(event);
    else if (event.key === "Tab" && this.#filling) this.#tab(event);
  }

  #listKey(event) {
    const last = this.#options.length - 1;
    if (event.key === "ArrowDown") this.#activate(this.#active < last ? this.#active + 1 : 0);
    else if (event.key === "ArrowUp") this.#activate(this.#active > 0 ? this.#active - 1 : last);
    else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) this.#choose(this.#active);
    else if (event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** To the next place, if there is one in that direction; else Tab leaves the field as ever. */
  #tab(event) {
    const { value, selectionStart, selectionEnd } = this.field;
    const next = event.shiftKey ? place(value, selectionStart, { back: true }) : place(value, selectionEnd);
    this.#filling = Boolean(place(value, 0));
    if (!next) return;
    event.preventDefault();
    this.#select(next);
  }

  #select([start, end]) {
    this.composer.focus();
    this.field.setSelectionRange(start, end);
  }
}

function row({ name, text, own, manage }, at) {
  return h(
    "li",
    { class: "prompt-option", role: "option", id: `prompt-option-${at}`, "data-at": String(at), "aria-selected": "false" },
    icon(manage ? "edit" : "prompt"),
    h("span", { class: "prompt-name", dir: "auto" }, name),
    manage ? null : h("span", { class: "prompt-text", dir: "auto" }, text.slice(0, 120)),
    manage || own ? null : h("span", { class: "prompt-of" }, t("for all")),
  );
}

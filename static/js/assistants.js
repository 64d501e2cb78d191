/** Which assistant answers: a list to choose from, the one chosen, and what is said when it is not there any more. */
import { getChoices } from "./api.js";
import { assistantIcon } from "./assistant-mark.js";
import { disclosure } from "./disclosure.js";
import { byId, h, icon } from "./dom.js";
import { t } from "./words.js";

/** What answers where the organisation has no default: no assistant at all. */
const plain = () => ({ id: null, name: "Colloquy", icon: "spark", description: t("Answers from all documents that you may read."), openers: [] });

export class Assistants {
  #items;
  #chosen = null; // an item, or {id, name, icon} of one that is not available

  constructor({ assistants, onchange }) {
    this.onchange = onchange;
    this.#items = assistants;
    this.button = byId("assistant-button");
    this.panel = byId("assistant-panel");
    this.panel.addEventListener("keydown", (event) => this.#key(event));
    disclosure(this.button);
    this.button.addEventListener("click", () => !this.panel.hidden && this.#focusChosen());
    byId("assistant-lost-choose").addEventListener("click", () => this.open());
    this.choose(null);
  }

  /** All that can be chosen; without a default of the organisation, no assistant is one of them. */
  get offered() {
    return this.#items.some((item) => item.standard) ? this.#items : [plain(), ...this.#items];
  }

  get chosen() {
    return this.#chosen;
  }

  get lost() {
    return !this.offered.some(({ id }) => id === this.#chosen.id);
  }

  /** An assistant as a message names it, or null for what answers whoever has chosen none. */
  choose(assistant) {
    this.#chosen = (assistant && (this.#items.find(({ id }) => id === assistant.id) ?? assistant)) || this.offered[0];
    this.#draw();
  }

  open() {
    if (this.panel.hidden) this.button.click();
  }

  /** The server has refused it: what can be chosen now is asked for, and offered. */
  async refused() {
    const lost = this.#chosen;
    this.#items = this.#items.filter(({ id }) => id !== lost.id);
    try {
      this.#items = (await getChoices()).assistants;
    } catch {
      // What is known without it still stands.
    }
    this.choose(lost);
    this.onchange();
  }

  #draw() {
    const { name } = this.#chosen;
    this.button.hidden = this.#items.length === 0 && !this.lost;
    byId("assistant-button-words").replaceChildren(assistantIcon(this.#chosen), h("bdi", {}, name));
    this.button.setAttribute("aria-label", this.lost ? t("Assistant: {name}, not available", { name }) : t("Assistant: {name}", { name }));
    this.panel.replaceChildren(
      h("p", { class: "assistant-panel-title", id: "assistant-panel-title" }, t("Who answers")),
      h("div", { role: "menu", "aria-labelledby": "assistant-panel-title" }, this.offered.map((item) => this.#option(item))),
    );
    byId("assistant-lost").hidden = !this.lost;
    byId("assistant-lost-words").textContent = this.lost ? t("{name} is not available to you any more.", { name }) : "";
  }

  #option(item) {
    const checked = item.id === this.#chosen.id;
    return h(
      "button",
      {
        type: "button",
        class: "assistant-option",
        role: "menuitemradio",
        "aria-checked": String(checked),
        tabindex: checked ? "0" : "-1",
        onclick: () => this.#take(item),
      },
      assistantIcon(item),
      h("span", { class: "assistant-option-words" }, h("b", {}, h("bdi", {}, item.name)), item.description && h("span", { dir: "auto" }, item.description)),
      checked && icon("check"),
    );
  }

  #take(item) {
    this.choose(item);
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.onchange();
    byId("question").focus();
  }

  #focusChosen() {
    const options = [...this.panel.querySelectorAll("[role=menuitemradio]")];
    (options.find((option) => option.ariaChecked === "true") ?? options[0])?.focus();
  }

  #key(event) {
    const options = [...this.panel.querySelectorAll("[role=menuitemradio]")];
    const at = options.indexOf(document.activeElement);
    const target = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    options.at(target % options.length).focus();
  }
}

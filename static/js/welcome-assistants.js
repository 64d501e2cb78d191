/** In a new chat: the assistants that one can ask, and the questions with which the chosen one begins. */
import { assistantIcon } from "./assistant-mark.js";
import { byId, h, icon } from "./dom.js";

export class WelcomeAssistants {
  #drawn = "";

  constructor({ onask }) {
    this.onask = onask;
    this.element = byId("welcome-assistants");
  }

  draw(choices) {
    const { offered, assistant } = choices;
    const key = JSON.stringify([offered, assistant?.id]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = this.element.contains(document.activeElement);
    this.element.hidden = offered.length < 2;
    this.element.replaceChildren(...(offered.length < 2 ? [] : offered.map((item) => this.#card(item, item.id === assistant?.id, choices))));
    if (focused) this.element.querySelector("[aria-pressed=true]")?.focus();
    const openers = assistant?.openers ?? [];
    byId("openers").replaceChildren(...openers.map((text) => this.#opener(text)));
    byId("openers").hidden = !openers.length;
    byId("suggestions").hidden = openers.length > 0;
  }

  #card(item, chosen, choices) {
    return h(
      "button",
      { type: "button", class: "assistant-card", "aria-pressed": String(chosen), onclick: () => choices.choose(item) },
      assistantIcon(item),
      h("b", {}, h("bdi", {}, item.name)),
      item.description && h("span", { dir: "auto" }, item.description),
    );
  }

  #opener(text) {
    const onclick = () => this.onask(text);
    return h("li", {}, h("button", { type: "button", class: "suggestion", onclick }, h("span", { dir: "auto" }, text), icon("arrow")));
  }
}

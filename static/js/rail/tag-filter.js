/** The person's tags above the list: one of them narrows it. */
import { byId, h, icon } from "../dom.js";
import { t } from "../words.js";

export class TagFilter {
  #tags = [];
  #chosen = null;

  /** `onchoose(id or null)`, `onedit(opener)`. */
  constructor({ onchoose, onedit }) {
    this.element = byId("tag-filter");
    this.onchoose = onchoose;
    this.onedit = onedit;
  }

  get tags() {
    return this.#tags;
  }

  set tags(tags) {
    this.#tags = tags;
    if (!tags.some((tag) => tag.id === this.#chosen) && this.#chosen) this.#choose(null);
    else this.#draw();
  }

  #choose(id) {
    this.#chosen = id;
    this.#draw();
    this.onchoose(id);
  }

  #draw() {
    const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.tag;
    this.element.hidden = this.#tags.length === 0;
    const edit = h("button", { type: "button", class: "tag-chip tag-edit", "aria-label": t("Edit tags"), title: t("Edit tags"), onclick: () => this.onedit(edit) }, icon("edit"));
    this.element.replaceChildren(...this.#tags.map((tag) => this.#chip(tag)), edit);
    if (focused) this.element.querySelector(`[data-tag="${CSS.escape(focused)}"]`)?.focus();
  }

  #chip({ id, name, colour }) {
    const pressed = id === this.#chosen;
    return h(
      "button",
      { type: "button", class: "tag-chip", dataset: { tag: id }, "aria-pressed": String(pressed), onclick: () => this.#choose(pressed ? null : id) },
      h("span", { class: "tag-dot", "data-colour": colour }),
      h("span", { dir: "auto" }, name),
    );
  }
}

/** What was read from the file: as one text, or as the passages that a search can find. Loaded when it is opened. */
import { h } from "../dom.js";
import { place } from "../places.js";
import * as api from "./api.js";
import { t } from "../words.js";

export class TextView {
  constructor(item, versions) {
    this.item = item;
    this.version = (versions.find((version) => version.answers) ?? versions[0])?.number ?? item.version;
    this.element = h("section", { class: "panel-part" }, h("h3", {}, t("What was read from it")), this.#part(t("Extracted text"), (from) => this.#text(from)), this.#part(t("Passages"), (from) => this.#passages(from)));
  }

  #part(label, load) {
    const body = h("div", { class: "read-text", tabindex: "0", role: "region", "aria-label": label });
    const details = h("details", {}, h("summary", {}, label), body);
    details.addEventListener("toggle", () => details.open && !body.childElementCount && this.#fill(body, load, 0));
    return details;
  }

  async #fill(body, load, from) {
    const wait = h("p", { class: "source-wait" }, t("Opening…"));
    body.append(wait);
    try {
      const { parts, next } = await load(from);
      wait.replaceWith(...parts);
      if (next !== null) body.append(this.#moreButton(body, load, next));
      if (!body.childElementCount) body.append(h("p", { class: "source-wait" }, t("Nothing has been read from it yet.")));
    } catch (error) {
      wait.replaceWith(h("p", { class: "doc-error" }, error.message), this.#moreButton(body, load, from, t("Try again")));
    }
  }

  #moreButton(body, load, from, label = t("Show more")) {
    const button = h("button", { type: "button", class: "button small" }, label);
    button.addEventListener("click", () => (button.remove(), this.#fill(body, load, from)));
    return button;
  }

  async #text(from) {
    const { text, next } = await api.text(this.item.id, this.version, from);
    return { parts: text ? [h("pre", { dir: "auto" }, text)] : [], next };
  }

  async #passages(from) {
    const { items, next } = await api.passages(this.item.id, this.version, from);
    const parts = items.map((passage) => h("div", { class: "passage" }, h("p", { class: "doc-sub" }, [t("No. {number}", { number: passage.number }), place(passage)].filter(Boolean).join(" · ")), h("p", { dir: "auto" }, passage.text)));
    return { parts, next };
  }
}

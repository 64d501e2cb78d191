/** One question on the page. */
import { dayInWords } from "./dates.js";
import { h, icon, iconButton } from "./dom.js";
import { pieces } from "./quote-text.js";
import { versionSwitch } from "./versions.js";
import { t } from "./words.js";

export class QuestionView {
  #id = null;
  #foot = h("div", { class: "question-foot" });

  /** `files` are its SentFiles, if it has any; `editable` offers to ask it in other words, and its other versions. */
  constructor({ id = null, text, as_of: asOf = null, versions = [] }, { files = null, editable = false } = {}) {
    this.files = files;
    this.text = text;
    this.versions = versions;
    this.editable = editable;
    this.element = h(
      "li",
      { class: "message question" },
      h("h2", { class: "visually-hidden" }, t("You asked")),
      words(text),
      this.files?.element,
      asOf && h("p", { class: "question-day" }, icon("calendar"), t("As of {day}", { day: dayInWords(asOf) })),
      editable && this.#foot,
    );
    this.id = id;
  }

  get id() {
    return this.#id;
  }

  set id(id) {
    this.#id = id;
    if (id) this.element.dataset.message = id;
    this.drawFoot();
  }

  drawFoot() {
    if (!this.#id || !this.editable) return;
    const edit = iconButton("edit", t("Edit this question"), { class: "icon-button small", "data-action": "edit" });
    this.#foot.replaceChildren(...[edit, versionSwitch(this.#id, this.versions, "question")].filter(Boolean));
  }
}

function words(text) {
  const parts = pieces(text);
  if (!parts.some(({ quote }) => quote)) return h("p", { class: "question-text", dir: "auto" }, text);
  return h("div", { class: "question-text" }, parts.map((part) => h(part.quote ? "blockquote" : "p", { dir: "auto" }, part.text)));
}

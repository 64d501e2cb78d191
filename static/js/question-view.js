/** One question on the page. */
import { dayInWords } from "./dates.js";
import { h, icon } from "./dom.js";
import { t } from "./words.js";

export class QuestionView {
  /** `files` are its SentFiles, if it has any. */
  constructor({ id = null, text, as_of: asOf = null }, files = null) {
    this.files = files;
    this.element = h(
      "li",
      { class: "message question" },
      h("h2", { class: "visually-hidden" }, t("You asked")),
      h("p", { class: "question-text", dir: "auto" }, text),
      this.files?.element,
      asOf && h("p", { class: "question-day" }, icon("calendar"), t("As of {day}", { day: dayInWords(asOf) })),
    );
    this.id = id;
  }

  set id(id) {
    if (id) this.element.dataset.message = id;
  }
}

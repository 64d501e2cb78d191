/** One question on the page. */
import { h } from "./dom.js";

export class QuestionView {
  constructor({ id = null, text }) {
    this.element = h(
      "li",
      { class: "message question" },
      h("h2", { class: "visually-hidden" }, "You asked"),
      h("p", { class: "question-text", dir: "auto" }, text),
    );
    this.id = id;
  }

  set id(id) {
    if (id) this.element.dataset.message = id;
  }
}

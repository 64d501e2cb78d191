/** In the place of an answer that this reader may not see. */
import { h, icon } from "../dom.js";
import { t } from "../words.js";

export function withheldAnswer(question) {
  return h(
    "li",
    { class: "message answer" },
    h("h2", { class: "visually-hidden" }, t("Answer")),
    h(
      "div",
      { class: "withheld" },
      icon("lock"),
      h("p", {}, t("This answer is not shown to you: it rests on sources that you may not read, or that are gone.")),
      h("button", { type: "button", class: "button small", "data-ask": question }, t("Ask this yourself")),
    ),
  );
}

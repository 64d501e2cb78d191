/** Asks what was wrong with an answer. The rating itself has been kept already. */
import { h } from "./dom.js";
import { sendRating } from "./feedback.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const REASONS = [
  ["wrong", t("It is wrong")],
  ["outdated", t("It is outdated")],
  ["not_found", t("It does not answer my question")],
  ["wrong_source", t("The sources do not fit")],
  ["unclear", t("It is hard to understand")],
  ["other", t("Something else")],
];

export function feedbackSheet(answer, { opener, onchange }) {
  const { reasons = [], comment = "" } = answer.feedback ?? {};
  const error = h("p", { class: "dialog-error", role: "alert" });
  const words = h("textarea", { name: "comment", rows: "3", maxlength: "2000", dir: "auto" }, comment);
  const sheet = h(
    "dialog",
    { class: "dialog feedback-sheet", "aria-labelledby": "feedback-title" },
    h(
      "form",
      { onsubmit: submit },
      h("h2", { id: "feedback-title" }, t("What was wrong?")),
      h(
        "fieldset",
        {},
        h("legend", { class: "visually-hidden" }, t("Reasons")),
        REASONS.map(([code, text]) => choice("reasons", code, text, reasons.includes(code))),
      ),
      h("label", { class: "dialog-field" }, h("span", {}, t("Comment (optional)")), words),
      choice("send", "yes", t("Send my question along, so that it can be read"), answer.questionSent),
      h("p", { class: "hint" }, t("Those who tend the documents see your reasons and comment, without your name. They do not see the answer or the rest of the conversation.")),
      error,
      h(
        "div",
        { class: "dialog-foot" },
        h("button", { class: "button primary" }, t("Send")),
        h("button", { type: "button", class: "button", onclick: () => sheet.close() }, t("Close")),
        h("button", { type: "button", class: "button danger", onclick: () => save({ helpful: null }, t("Your rating is taken back.")) }, t("Take back")),
      ),
    ),
  );

  function submit(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    save({ helpful: false, reasons: form.getAll("reasons"), comment: form.get("comment"), send: form.has("send") }, t("Thank you. Your feedback was sent."));
  }

  async function save(rating, said) {
    try {
      await sendRating(answer, rating);
    } catch (problem) {
      error.textContent = problem.message;
      return;
    }
    onchange();
    sheet.close();
    toast(said);
  }

  sheet.addEventListener("close", () => {
    sheet.remove();
    if (opener.isConnected) opener.focus();
  });
  document.body.append(sheet);
  sheet.showModal();
}

const choice = (name, value, words, checked) =>
  h("label", { class: "share-choice" }, h("input", { type: "checkbox", name, value, checked: Boolean(checked) }), h("span", {}, words));

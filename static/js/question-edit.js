/** A question asked in other words, where it stands. What was answered before stays as another version. */
import { h } from "./dom.js";
import { t } from "./words.js";

/** `keep(text)` is called with what is to be asked; `text` and `problem` are there when the server would not take it. */
export function editQuestion(view, { keep, text = view.text, problem = "" }) {
  const { element } = view;
  if (element.querySelector("form")) return;
  const hidden = [...element.children].slice(1); // the heading stays
  const field = h("textarea", { "aria-label": t("Your question in other words"), rows: "2", dir: "auto" });
  field.value = text;
  const close = () => {
    form.remove();
    for (const child of hidden) child.hidden = false;
    element.querySelector("[data-action=edit]")?.focus();
  };
  const form = h(
    "form",
    { class: "question-edit", autocomplete: "off" },
    problem ? h("p", { class: "question-edit-problem", role: "alert" }, problem) : null,
    field,
    h(
      "div",
      { class: "question-edit-foot" },
      h("p", {}, t("The old question and its answers are kept.")),
      h("button", { type: "button", class: "button small", onclick: close }, t("Cancel")),
      h("button", { type: "submit", class: "button small primary" }, t("Ask")),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = field.value.trim();
    if (!wanted) return field.focus();
    close();
    keep(wanted);
  });
  field.addEventListener("keydown", (event) => key(event, form, close));
  for (const child of hidden) child.hidden = true;
  element.append(form);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

function key(event, form, close) {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse) and (hover: none)").matches) {
    event.preventDefault();
    form.requestSubmit();
  }
}

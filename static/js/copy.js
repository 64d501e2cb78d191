/** Copies an answer with its sources, or a piece of code. */
import { announce } from "./announcer.js";
import { t } from "./words.js";

/** `answerText(button)` gives the answer that a button belongs to, as text. */
export function copyOnClick(root, answerText) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy === "code" ? button.closest(".code").querySelector("pre").textContent : answerText(button);
    await copy(text);
    confirm(button);
  });
}

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).catch(() => copyOldWay(text));
  copyOldWay(text);
}

/** The clipboard API exists only on https, and an intranet may not have it. */
function copyOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function confirm(button) {
  const use = button.querySelector("use");
  use.setAttribute("href", "#icon-check");
  const word = button.querySelector("span");
  if (word) word.textContent = t("Copied");
  announce(t("Copied"));
  setTimeout(() => {
    use.setAttribute("href", "#icon-copy");
    if (word) word.textContent = t("Copy");
  }, 1600);
}

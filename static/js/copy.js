/** Copies an answer with its sources, a table, or a piece of code. */
import { announce } from "./announcer.js";
import { sourceLines, withSources } from "./places.js";
import { richText, sheet } from "./rich-copy.js";
import { t } from "./words.js";

/** `answerOf(button)` gives the answer that a button belongs to. */
export function copyOnClick(root, answerOf) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const { text, html } = CONTENT[button.dataset.copy](button, answerOf);
    await copy(text, html);
    confirm(button);
  });
}

const CONTENT = {
  code: (button) => ({ text: button.closest(".code").querySelector("pre").textContent }),
  table: (button) => sheet(button.closest(".table-frame").querySelector("table")),
  answer(button, answerOf) {
    const { text, citations, asOf } = answerOf(button);
    const prose = button.closest(".message").querySelector(".prose");
    return { text: withSources(text, citations, asOf), html: richText(prose, sourceLines(citations, asOf)) };
  },
};

/** With `html` too, for programs that take formatted text. */
export async function copy(text, html) {
  if (!navigator.clipboard) return copyOldWay(text);
  const items = [new ClipboardItem({ "text/plain": text, ...(html && { "text/html": html }) })];
  return navigator.clipboard.write(items).catch(() => navigator.clipboard.writeText(text)).catch(() => copyOldWay(text));
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

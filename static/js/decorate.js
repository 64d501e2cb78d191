/** Adds to drawn Markdown what Markdown has no words for: a copy button on code, a scroller around tables. */
import { h, icon } from "./dom.js";
import { t } from "./words.js";

export function decorate(fragment) {
  for (const pre of fragment.querySelectorAll("pre")) frameCode(pre);
  for (const table of fragment.querySelectorAll("table")) frameTable(table);
  for (const block of fragment.querySelectorAll("p, li, h1, h2, h3, h4, td, th, blockquote")) block.dir = "auto";
}

function frameCode(pre) {
  const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? "")?.[1] ?? "";
  const frame = h(
    "div",
    { class: "code" },
    h(
      "div",
      { class: "code-head" },
      h("span", {}, language || t("text")),
      h("button", { type: "button", class: "code-copy", "data-copy": "code" }, icon("copy"), h("span", {}, t("Copy"))),
    ),
  );
  pre.replaceWith(frame);
  pre.tabIndex = 0;
  pre.dir = "ltr";
  frame.append(pre);
}

/** Focusable, so that a wide table can be scrolled by keyboard. */
function frameTable(table) {
  const frame = h("div", { class: "table", tabindex: "0", role: "group", "aria-label": t("Table") });
  table.replaceWith(frame);
  frame.append(table);
}

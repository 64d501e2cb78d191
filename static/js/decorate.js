/** Adds to drawn Markdown what Markdown has no words for: copy buttons, a scroller around tables, places for formulas. */
import { h, icon, iconButton } from "./dom.js";
import { tellTarget } from "./link-target.js";
import { t } from "./words.js";

export function decorate(fragment) {
  for (const pre of fragment.querySelectorAll("pre")) frameCode(pre);
  for (const code of fragment.querySelectorAll("code[class^=math-]")) placeFormula(code);
  for (const table of fragment.querySelectorAll("table:has(th:empty:first-child)")) headRows(table);
  for (const head of fragment.querySelectorAll("th:empty")) head.replaceWith(h("td")); // a heading of nothing is none
  for (const table of fragment.querySelectorAll("table")) frameTable(table);
  for (const link of fragment.querySelectorAll("a[href]")) tellTarget(link);
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

/** A table whose corner is empty has its headings on two sides. */
function headRows(table) {
  for (const cell of table.querySelectorAll("tbody td:first-child")) {
    const head = h("th", { scope: "row", align: cell.getAttribute("align") });
    head.append(...cell.childNodes);
    cell.replaceWith(head);
  }
}

/** Focusable, so that a wide table can be scrolled by keyboard. */
function frameTable(table) {
  const scroller = h("div", { class: "table", tabindex: "0", role: "group", "aria-label": t("Table") });
  const copy = iconButton("copy", t("Copy table"), { class: "icon-button small table-copy", "data-copy": "table" });
  const frame = h("div", { class: "table-frame" }, scroller, copy);
  table.dir = "auto"; // its columns run as its words do
  table.replaceWith(frame);
  scroller.append(table);
}

/** The formula as it was written, until formulas.js has drawn it. Drawing anew leaves an equal one alone. */
function placeFormula(code) {
  const display = code.className === "math-display";
  const tex = code.textContent;
  const place = h("span", { class: display ? "math display pending" : "math pending", dir: "ltr", "data-same": `${display}${tex}` }, tex);
  place.style.setProperty("--drawn", `${0.6 * signs(tex)}em`);
  code.replaceWith(place);
}

/** About how many signs of a formula stand side by side: its text is longer, and would take a line more than it will. */
const signs = (tex) => tex.replace(/\\(?:bar|hat|vec|text|math\w+|left|right|frac|sqrt)\b|[{}^_&\s]/g, "").replace(/\\\w+/g, "x").length + 1;

/** What goes to the clipboard: an answer with its formatting and sources, a table as a spreadsheet takes it. */
import { h } from "./dom.js";

const KEPT = new Set(["href", "start", "align", "colspan", "rowspan"]);

/** The drawn text as HTML for mail and word processors: numbers in brackets, formulas as TeX, no buttons. */
export function richText(prose, lines) {
  const copy = plainParts(prose.cloneNode(true));
  for (const frame of copy.querySelectorAll(".code, .table-frame")) frame.replaceWith(frame.querySelector("pre, table"));
  for (const element of copy.querySelectorAll("*")) {
    for (const name of element.getAttributeNames()) if (!KEPT.has(name)) element.removeAttribute(name);
  }
  for (const table of copy.querySelectorAll("table")) table.setAttribute("border", "1");
  return serialise(h("div", {}, ...copy.childNodes, ...lines.map((line) => h("p", {}, line))));
}

/** {text, html} of a table. */
export function sheet(table) {
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => safeCell(plainParts(cell.cloneNode(true)).textContent)));
  const html = h("table", {}, rows.map((cells) => h("tr", {}, cells.map((words) => h("td", {}, words)))));
  return { text: rows.map((cells) => cells.join("\t")).join("\n"), html: serialise(html) };
}

/** A spreadsheet would calculate what begins like this, and a document must not make it do so. */
function safeCell(words) {
  const line = words.replace(/\s+/g, " ").trim();
  return /^[=+@-]/.test(line) && Number.isNaN(Number(line.replace(/[ ,.%]/g, ""))) ? `'${line}` : line;
}

function plainParts(root) {
  for (const cite of root.querySelectorAll(".cite")) cite.replaceWith(`[${cite.dataset.source}]`);
  for (const formula of root.querySelectorAll(".math")) {
    const tex = formula.querySelector("annotation")?.textContent ?? formula.textContent;
    formula.replaceWith(formula.classList.contains("display") ? `$$${tex}$$` : `$${tex}$`);
  }
  return root;
}

const serialise = (element) => new XMLSerializer().serializeToString(element);

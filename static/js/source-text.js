/**
 * A passage in its context, drawn as the document's structure with the quote marked. The quote's ends travel through
 * Markdown as two private characters; where they do not come out again, the text is shown as it is.
 */
import { splitBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { render } from "./markdown.js";
import { BEGIN, END, withEnds } from "./quote-ends.js";

export function sourceText({ before, quote, after }) {
  const element = h("div", { class: "source-text prose", dir: "auto" });
  for (const block of splitBlocks(withEnds({ before, quote, after }))) element.append(render(block));
  if (quote && !markBetween(element)) {
    element.classList.add("plain");
    element.replaceChildren(before, h("mark", {}, quote), after);
  }
  return element;
}

/** Wraps what stands between the two ends, however many cells or items it runs through. False without both ends. */
function markBetween(element) {
  const all = element.textContent;
  if (!all.includes(BEGIN) || !all.includes(END)) return false;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  let inside = false;
  for (const node of nodes) inside = markNode(node, inside);
  return true;
}

function markNode(node, inside) {
  const pieces = [];
  for (const piece of node.data.split(/([\ue000\ue001])/)) {
    if (piece === BEGIN) inside = true;
    else if (piece === END) inside = false;
    else if (piece) pieces.push(inside && piece.trim() ? h("mark", {}, piece) : piece);
  }
  if (pieces.length !== 1 || pieces[0] !== node.data) node.replaceWith(...pieces);
  return inside;
}

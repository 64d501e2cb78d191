/** Turns [n] in drawn text into numbered buttons, where passage n has been cited. Code, formulas and links are left alone. */
import { staleness } from "./places.js";
import { t } from "./words.js";

const MARKER = /\[(\d{1,3})\]/g;

/** The pieces of a text: strings, and {marker} for each marker that is known. */
export function splitMarkers(text, isKnown) {
  const pieces = [];
  let position = 0;
  for (const match of text.matchAll(MARKER)) {
    const marker = Number(match[1]);
    if (!isKnown(marker)) continue;
    if (match.index > position) pieces.push(text.slice(position, match.index));
    pieces.push({ marker });
    position = match.index + match[0].length;
  }
  if (position < text.length) pieces.push(text.slice(position));
  return pieces;
}

/** `citations` maps a marker to its citation. Drawing twice changes nothing. */
export function placeMarkers(root, citations) {
  const nodes = textNodes(root);
  for (const node of nodes) {
    const pieces = splitMarkers(node.data, (marker) => citations.has(marker));
    if (pieces.some((piece) => typeof piece !== "string")) {
      node.replaceWith(...pieces.map((piece) => (typeof piece === "string" ? piece : button(piece.marker, citations))));
    }
  }
}

function textNodes(root) {
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
    acceptNode(node) {
      if (node.nodeType === Node.TEXT_NODE) return node.data.includes("[") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
      return /^(?:CODE|PRE|A|BUTTON)$/.test(node.nodeName) || node.classList.contains("math") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    },
  });
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

function button(marker, citations) {
  const citation = citations.get(marker);
  const stale = staleness(citation);
  const element = document.createElement("button");
  element.type = "button";
  element.className = citation.available === false ? "cite gone" : stale.length ? "cite stale" : "cite";
  element.dataset.source = marker;
  element.textContent = marker;
  const words = [t("Source {number}: {title}", { number: marker, title: citation.title }), ...stale.map(({ text }) => text)].join(". ");
  element.setAttribute("aria-label", citation.available === false ? t("Source {number}, no longer available", { number: marker }) : words);
  return element;
}

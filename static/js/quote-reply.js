/** Words marked in an answer go into the composer as a quote: by a button at the selection, or by the key r. */
import { h, icon } from "./dom.js";
import { placeNear } from "./placement.js";
import { t } from "./words.js";

const FIELDS = "input, textarea, select, [contenteditable]";

/** `quote(text)` gets the marked words. */
export function quoteReply(list, quote) {
  const button = h("button", { type: "button", class: "quote-button", "aria-keyshortcuts": "r", title: t("Quote in your next question ( r )") }, icon("quote"), t("Quote"));
  button.hidden = true;
  list.after(button);

  const take = () => {
    const range = markedRange(list);
    if (!range) return;
    const text = wordsOf(range);
    getSelection().removeAllRanges();
    hide();
    quote(text);
  };
  const hide = () => (button.hidden = true);
  const show = () => {
    const range = markedRange(list);
    button.hidden = !range;
    if (range) placeNear(button, { getBoundingClientRect: () => lastLine(range) });
  };

  // Not while the mouse is down: the selection is still being made.
  let held = false;
  list.addEventListener("pointerdown", () => (held = true));
  addEventListener("pointerup", () => {
    held = false;
    setTimeout(show); // a click clears the selection after this
  });
  document.addEventListener("selectionchange", () => (held ? hide() : show()));
  addEventListener("scroll", hide, { passive: true, capture: true });
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
  button.addEventListener("click", take);
  addEventListener("keydown", (event) => {
    if (event.key !== "r" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.(FIELDS) || !markedRange(list)) return;
    event.preventDefault();
    take();
  });
}

/** What is marked, if it is words of one answer. */
function markedRange(list) {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.toString().trim()) return null;
  const range = selection.getRangeAt(0);
  const prose = within(range.startContainer);
  if (!prose || !list.contains(prose)) return null;
  // A paragraph that is marked whole ends where the next element begins.
  return within(range.endContainer) === prose || range.endOffset === 0 ? range : null;
}

const within = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(".prose");

/** As it reads, without the numbers of its sources. */
function wordsOf(range) {
  const box = h("div", { class: "quote-words", "aria-hidden": "true" }, range.cloneContents());
  for (const button of box.querySelectorAll("button")) button.remove();
  document.body.append(box);
  const text = box.innerText.replace(/ +(?=[,.])/g, "").trim();
  box.remove();
  return text;
}

function lastLine(range) {
  const rects = [...range.getClientRects()].filter(({ width }) => width);
  return rects.at(-1) ?? range.getBoundingClientRect();
}

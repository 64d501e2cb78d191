/** Shows the quote behind a citation while it is pointed at or focused. */
import { byId, h } from "./dom.js";
import { markLines } from "./mark-lines.js";
import { age, place } from "./places.js";
import { placeNear } from "./placement.js";
import { t } from "./words.js";

const DELAY = 140;
let timer = null;
let shownAt = null;

/** `citationOf(button)` gives the citation behind a button, or undefined. */
export function explainCitations(root, citationOf) {
  const start = (event) => {
    const button = event.target.closest?.(".cite");
    if (!button || button === shownAt) return;
    clearTimeout(timer);
    if (event.type === "focusin") show(button, citationOf(button));
    else timer = setTimeout(() => show(button, citationOf(button)), DELAY);
  };
  const end = (event) => event.target.closest?.(".cite") && hideCitation();
  root.addEventListener("pointerover", (event) => event.pointerType === "mouse" && start(event));
  root.addEventListener("pointerout", end);
  root.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && start(event));
  root.addEventListener("focusout", end);
  root.addEventListener("scroll", follow, { passive: true, capture: true });
  addEventListener("keydown", (event) => event.key === "Escape" && hideCitation());
}

/** The keyboard brings what it focuses into sight by scrolling: that must not take the quote away again. */
function follow() {
  if (shownAt && shownAt === document.activeElement) placeNear(byId("citation-popover"), shownAt, { above: true });
  else hideCitation();
}

export function hideCitation() {
  clearTimeout(timer);
  shownAt?.removeAttribute("aria-describedby");
  shownAt = null;
  byId("citation-popover").hidden = true;
}

function show(button, citation) {
  if (!citation || !button.isConnected) return;
  const popover = byId("citation-popover");
  popover.replaceChildren(...content(citation));
  popover.hidden = false;
  placeNear(popover, button, { above: true });
  button.setAttribute("aria-describedby", popover.id);
  shownAt = button;
}

function content(citation) {
  if (citation.available === false) return [h("p", {}, t("This source is no longer available to you."))];
  return [
    h("p", { class: "popover-title" }, h("bdi", {}, citation.title)),
    citation.quote ? h("blockquote", { dir: "auto" }, citation.quote) : null,
    h("p", { class: "popover-place" }, place(citation)),
    h("p", { class: "popover-place" }, age(citation)),
    ...markLines(citation),
  ].filter(Boolean);
}

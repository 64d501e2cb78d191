/**
 * Draws formulas with KaTeX, which is loaded when the first one comes. KaTeX builds elements and sets their styles
 * as properties, which our Content-Security-Policy allows; the few that it would write as attributes are set here.
 */
import { idle, inSlices } from "./idle.js";
import { stylesheet } from "./stylesheet.js";
import { vendor } from "./vendor.js";

/** Nothing that loads or links, and bounds for what would cover the page or never end. */
const OPTIONS = { output: "htmlAndMathml", throwOnError: true, trust: false, strict: "ignore", maxSize: 20, maxExpand: 300 };
const FONTS = ["1em KaTeX_Main", "italic 1em KaTeX_Math"];

let katex = null;
let loading = null;

/** Begins to load what formulas need; called as soon as one is on its way. */
export function loadKatex() {
  loading ??= load().catch(() => (loading = null));
  return loading;
}

async function load() {
  await Promise.all([import(vendor("katex/katex.min.js")), stylesheet(vendor("katex/katex.min.css"))]);
  await Promise.all(FONTS.map((font) => document.fonts.load(font)));
  katex = globalThis.katex; // it is no module
}

/** Draws what is not drawn yet in these elements: at once when KaTeX is here, else when it has come. */
export async function drawFormulas(elements) {
  const places = elements.flatMap((element) => [...element.querySelectorAll(".math.pending")]);
  if (!places.length) return;
  if (!katex) {
    if (!loading) await idle(); // the words come first
    await loadKatex();
  }
  await inSlices(places, draw);
}

/** What cannot be drawn stays as it was written. */
function draw(place) {
  if (!place.classList.contains("pending")) return;
  place.classList.remove("pending");
  try {
    place.replaceChildren(build(place.textContent, place.classList.contains("display")));
  } catch {
    place.classList.add("unreadable");
  }
}

function build(tex, displayMode) {
  const tree = katex.__renderToDomTree(tex, { ...OPTIONS, displayMode });
  renameStyles(tree);
  const node = tree.toNode();
  for (const styled of node.querySelectorAll("[data-style]")) {
    styled.style.cssText = styled.dataset.style;
    styled.removeAttribute("data-style");
  }
  return node;
}

function renameStyles(node) {
  if (node.attributes?.style) {
    node.attributes["data-style"] = node.attributes.style;
    delete node.attributes.style;
  }
  node.children?.forEach(renameStyles);
}

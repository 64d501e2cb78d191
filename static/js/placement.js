/** Puts a floating element at another one, inside the window. */
const GAP = 6;
const EDGE = 8;

export function placeNear(floating, anchor, { above = false } = {}) {
  const target = anchor.getBoundingClientRect();
  const { width, height } = floating.getBoundingClientRect();
  const fitsBelow = target.bottom + GAP + height <= innerHeight - EDGE;
  const fitsAbove = target.top - GAP - height >= EDGE;
  const goUp = above ? fitsAbove : !fitsBelow && fitsAbove;
  const wanted = document.documentElement.dir === "rtl" ? target.right - width : target.left;
  const left = Math.max(EDGE, Math.min(wanted, innerWidth - width - EDGE));
  floating.style.left = `${left}px`;
  floating.style.top = `${goUp ? target.top - GAP - height : target.bottom + GAP}px`;
}

/** How well a text fits what was typed: its words anywhere in it, or else its letters in order. Pure. */
const MARKS = /\p{M}/gu;
const FARTHEST = 4; // times as long as what was typed

export const fold = (text) => text.normalize("NFKD").replace(MARKS, "").toLowerCase();

/** The higher the better; 0 is not at all. */
export function score(query, text) {
  const wanted = fold(query).trim().split(/\s+/).filter(Boolean);
  const folded = fold(text);
  if (!wanted.length) return 1;
  if (wanted.every((word) => folded.includes(word))) return 10 + wanted.reduce((sum, word) => sum + place(word, folded), 0) / wanted.length;
  return letters(wanted.join(""), folded);
}

/** Better at the beginning of the text than of a word, and there than inside one. */
function place(word, text) {
  if (text.startsWith(word)) return 3;
  return text.includes(` ${word}`) ? 2 : 1;
}

/** Letters in order from the beginning of a word, not too far apart; the nearer, the better. Up to 5. */
function letters(wanted, text) {
  if (wanted.length < 2) return 0;
  const starts = [...text.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]/gu)].map((match) => match.index);
  const spans = starts.filter((start) => text.startsWith(wanted[0], start)).map((start) => span(wanted, text, start));
  const shortest = Math.min(...spans);
  return shortest <= FARTHEST * wanted.length ? (5 * wanted.length) / shortest : 0;
}

function span(wanted, text, start) {
  let at = start - 1;
  for (const letter of wanted) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return Infinity;
  }
  return at - start + 1;
}

/** Those that fit, the best first; equal ones stay in their order. `textOf(item)` is what is compared. */
export function best(query, items, textOf, most) {
  const scored = items.map((item, at) => ({ item, at, score: score(query, textOf(item)) })).filter((each) => each.score > 0);
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, most).map(({ item }) => item);
}

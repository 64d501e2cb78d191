/**
 * Finds a passage of a document's text on a drawn page of it. The two were read by different hands: white space, hyphens
 * at line ends, ligatures, Markdown signs and the order of columns differ, and letters and digits do not.
 */
const SEED = 12; // letters that must agree before a piece counts as found
const NO_LETTER = /[^\p{L}\p{N}]/u;
const MARKS = /\p{M}/gu;

/** `enough` of the letters of a passage: then it has been found. */
export const ENOUGH = 0.6;

/** Letters and digits alone, without case or accents; `at[i]` is where letter i stands in the text. */
export function fold(text) {
  let letters = "";
  const at = [];
  for (let i = 0; i < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(i));
    for (const plain of character.normalize("NFKD").replace(MARKS, "").toLowerCase()) {
      if (NO_LETTER.test(plain)) continue;
      letters += plain;
      for (let unit = 0; unit < plain.length; unit += 1) at.push(i);
    }
    i += character.length;
  }
  return { letters, at };
}

/** The pieces of text that a page consists of, as one run of letters. */
export function pageOf(items) {
  let letters = "";
  const places = [];
  items.forEach((text, item) => {
    const folded = fold(text);
    letters += folded.letters;
    for (const at of folded.at) places.push({ item, at });
  });
  return { letters, places, items };
}

/**
 * Where the quote stands on the page: {share, ranges: [{item, start, end}]}. `share` says how much of it was found.
 * Of several places that in which the text before the quote agrees longest is taken.
 */
export function locate(page, { quote, before = "" }) {
  const wanted = fold(quote).letters;
  if (!wanted) return { share: 0, ranges: [] };
  const exact = occurrences(page.letters, wanted);
  if (exact.length) {
    const lead = fold(before).letters;
    const start = exact.map((at) => ({ at, agreed: agreement(page.letters, at, lead) })).sort((a, b) => b.agreed - a.agreed)[0].at;
    return { share: 1, ranges: rangesOf(page, [{ start, end: start + wanted.length }]) };
  }
  const pieces = piecesOf(page.letters, wanted);
  const found = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  return { share: found / wanted.length, ranges: rangesOf(page, pieces) };
}

function occurrences(text, wanted) {
  const found = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) found.push(at);
  return found;
}

/** How many letters before `at` are those that `lead` ends with. */
function agreement(text, at, lead) {
  let count = 0;
  while (count < Math.min(at, lead.length, 200) && text[at - 1 - count] === lead[lead.length - 1 - count]) count += 1;
  return count;
}

/** The longest pieces of `wanted` that are in the text, from its beginning on, each letter of the text used once. */
function piecesOf(text, wanted) {
  const seeds = new Map();
  for (let at = 0; at + SEED <= text.length; at += 1) {
    const seed = text.slice(at, at + SEED);
    if (seeds.has(seed)) seeds.get(seed).push(at);
    else seeds.set(seed, [at]);
  }
  const pieces = [];
  for (let from = 0; from + SEED <= wanted.length; ) {
    const starts = (seeds.get(wanted.slice(from, from + SEED)) ?? []).filter((at) => !pieces.some(({ start, end }) => at < end && at + SEED > start));
    const best = starts.map((start) => ({ start, end: extended(text, start, wanted, from) })).sort((a, b) => b.end - b.start - (a.end - a.start))[0];
    if (best) pieces.push(best);
    from += best ? best.end - best.start : 1;
  }
  return pieces.sort((a, b) => a.start - b.start);
}

function extended(text, start, wanted, from) {
  let length = SEED;
  while (start + length < text.length && from + length < wanted.length && text[start + length] === wanted[from + length]) length += 1;
  return start + length;
}

/** Spans of letters as ranges within the items. */
function rangesOf({ places, items }, spans) {
  const ranges = [];
  for (const { start, end } of spans) {
    for (let i = start; i < end; i += 1) {
      const { item, at } = places[i];
      const last = ranges.at(-1);
      const after = at + String.fromCodePoint(items[item].codePointAt(at)).length;
      if (last?.item === item && i > start) last.end = after;
      else ranges.push({ item, start: at, end: after });
    }
  }
  return ranges;
}

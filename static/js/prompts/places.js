/** The {places} of a prompt, to be filled in one after the other. Pure. */
const PLACE = /\{[^{}\n]{1,60}\}/g;

/** [start, end] of the first place at or after `from`; of the last one before it if `back`; or null. */
export function place(text, from, { back = false } = {}) {
  const places = [...text.matchAll(PLACE)].map((match) => [match.index, match.index + match[0].length]);
  return (back ? places.findLast(([, end]) => end <= from) : places.find(([start]) => start >= from)) ?? null;
}

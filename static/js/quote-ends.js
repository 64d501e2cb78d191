/** Sets the two ends of a quote into Markdown so that its structure stays: after "- ", not before it. */
export const BEGIN = "\ue000";
export const END = "\ue001";

const LEADING = /^(?:\s+|#{1,6}\s+|[-*+]\s+|\d{1,9}[.)]\s+|>\s?|\|)+/;
const TRAILING = /(?:\s|\|)+$/;

export function withEnds({ before, quote, after }) {
  const clean = (text) => text.replace(/[\ue000\ue001]/g, "");
  const words = clean(quote);
  if (!words.trim()) return clean(before) + words + clean(after);
  const atLineStart = before === "" || /\n[ \t]*$/.test(before);
  const start = atLineStart ? (LEADING.exec(words)?.[0].length ?? 0) : words.length - words.trimStart().length;
  const end = words.length - (TRAILING.exec(words)?.[0].length ?? 0);
  if (end <= start) return clean(before) + BEGIN + words + END + clean(after);
  return clean(before) + words.slice(0, start) + BEGIN + words.slice(start, end) + END + words.slice(end) + clean(after);
}

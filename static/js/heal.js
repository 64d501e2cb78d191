import { formulasIn } from "./math-spans.js";

/**
 * Makes the open block presentable: emphasis that has begun is closed, a link half written shows its words, and a
 * line that may yet become a list item, a heading or a table is held back, as is half a formula. So nothing flips its look while it arrives.
 */
const UNDECIDED_LINE = /(^|\n)[ \t]*(?:[-*+]|\d{1,9}[.)]?|#{1,6}|>|-{2,}|={1,}|`{1,2}|[*_]{2,})[ \t]*$/;
const HALF_LINK = /!?\[([^\][\n]{0,300})\]\([^()\s]*$/;
const FIRST_MASK = 0xe100; // private characters, which no text of ours has
const MASKS = /[\ue100-\uf8ff]/g;
const HALF_LABEL = /!?\[[^\][\n]{0,300}$/;

export function heal(block) {
  const { found, open } = formulasIn(block);
  const whole = open < 0 ? block : block.slice(0, open);
  return found.length ? around(found, whole, healWords) : healWords(whole);
}

/** The words healed as if each formula were one letter, since its signs are not Markdown's. */
function around(formulas, text, work) {
  let masked = "";
  let position = 0;
  formulas.forEach(({ index, raw }, i) => {
    masked += text.slice(position, index) + String.fromCharCode(FIRST_MASK + i);
    position = index + raw.length;
  });
  const healed = work(masked + text.slice(position));
  return healed.replace(MASKS, (letter) => formulas[letter.charCodeAt(0) - FIRST_MASK]?.raw ?? letter);
}

function healWords(block) {
  let text = holdBackTable(block);
  text = text.replace(UNDECIDED_LINE, "$1");
  text = text.replace(HALF_LINK, "$1");
  if (HALF_LABEL.test(text)) text = text.replace(/!?\[([^\][\n]{0,300})$/, (whole, label) => (label.includes(" ") ? label : ""));
  return closeInline(text);
}

/** A header row is shown once the row of dashes under it tells that it is one; a row once it is whole. */
function holdBackTable(text) {
  const start = /(?:^|\n)[ \t]*\|[^\n]*(?:\n[^\n]*)*$/.exec(text);
  if (!start) return text;
  const lines = text.slice(start.index).replace(/^\n/, "").split("\n");
  const hasDashes = lines.length > 2 && /^[ \t]*\|?[ \t]*:?-+:?[ \t|:-]*$/.test(lines[1]);
  if (!hasDashes && lines.length <= 2) return text.slice(0, start.index);
  return hasDashes ? text.slice(0, text.length - lines.at(-1).length) : text;
}

/** Closes code, bold, strike and italics in the last paragraph, innermost first. */
function closeInline(text) {
  // A run of marks at the end may be the half of one; what it closes is open without it, and closed below.
  const bare = text.replace(/[*`~]+$/, "");
  const paragraph = bare.slice(bare.lastIndexOf("\n\n") + 1);
  if (count(paragraph, /`/g) % 2) return bare + "`";
  const plain = paragraph.replace(/`[^`]*`/g, "");
  let closers = "";
  if (count(plain.replace(/\*\*/g, ""), /(?<=\S)\*|\*(?=\S)/g) % 2) closers += "*";
  if (count(plain, /\*\*/g) % 2) closers += "**";
  if (count(plain, /~~/g) % 2) closers += "~~";
  return closers ? bare.trimEnd() + closers : bare;
}

const count = (text, pattern) => text.match(pattern)?.length ?? 0;

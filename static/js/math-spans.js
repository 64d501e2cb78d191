/**
 * Where mathematics stands in Markdown: $…$, $$…$$, \(…\) and \[…\]. A dollar sign is more often money and a
 * backslash before a bracket more often an escape, so only what reads like a formula is taken for one.
 */
const CUES = /\$|\\[([]/g;
const FORMULA = [
  { pattern: /^\$\$(?!\$)((?:\\[^]|[^\\$])+)\$\$/, display: true, fits: readsLikeMath },
  { pattern: /^\\\[((?:(?!\\\])[^])+)\\\](?!\()/, display: true, fits: notAnEscape },
  { pattern: /^\\\(((?:(?!\\\))[^])+)\\\)/, display: false, fits: notAnEscape },
  { pattern: /^\$(?![\s$])((?:\\[^\n]|[^\\$\n])*[^\s\\$]|\\[^\s\n])\$(?![\w$])/, display: false, fits: isNoAmount },
];
const LONGEST = 5000;
/** How long the words after a dollar sign may be held back while they may yet become a formula. */
const PATIENCE = 300;

/** The formula that this text begins with, as {raw, tex, display}, or null. */
export function formulaAt(text) {
  for (const { pattern, display, fits } of FORMULA) {
    const match = pattern.exec(text);
    if (match && match[0].length < LONGEST && !BLANK_LINE.test(match[1]) && fits(match[1])) return { raw: match[0], tex: match[1].trim(), display };
  }
  return null;
}

const BLANK_LINE = /\n[ \t]*\n/;
const WORDS_ONLY = /^\s*(?:[\d\s,;]+|[a-z]{2,}(?:[\s,]+[a-z]{2,})*\.?)\s*$/i;
const COMMANDS = /\\[a-z]+\s*(?:\{[^{}]*\})?/gi;

function readsLikeMath(tex) {
  return tex.trim() !== "";
}

/** "\[1\]" and "\(see above\)" are brackets that somebody was careful with. */
function notAnEscape(tex) {
  return tex.trim() !== "" && !WORDS_ONLY.test(tex);
}

/** Neither "$5 a day and 6$" nor "$HOME and the rest of it$". */
function isNoAmount(tex) {
  if (/^[.,:;!?)\]]/.test(tex)) return false;
  const bare = tex.replace(COMMANDS, " ");
  if (/^\d/.test(tex) && /(?:^|\s)[a-z]{2,}/i.test(bare)) return false;
  return !/(?:[a-z]{2,}[\s,]+){2}[a-z]{2,}/i.test(bare);
}

/** A dollar sign right after a letter or a digit, as in "US$5", opens nothing. */
const mayOpen = (text, index) => text[index] !== "$" || index === 0 || !/[\w$\\]/.test(text[index - 1]);

/** The index of the first formula in a text, or undefined: what marked wants to know. */
export function firstFormula(text) {
  for (const { index } of text.matchAll(CUES)) if (mayOpen(text, index) && formulaAt(text.slice(index))) return index;
  return undefined;
}

const PIECES = /`+|\\[^]|\$\$|\$/g;

/** Every formula outside code as {index, raw}, and where one has begun that may yet be finished, or -1. */
export function formulasIn(text) {
  const found = [];
  PIECES.lastIndex = 0;
  for (let match; (match = PIECES.exec(text)); ) {
    const { index } = match;
    if (match[0][0] === "`") {
      const end = text.indexOf(match[0], index + match[0].length);
      if (end < 0) break;
      PIECES.lastIndex = end + match[0].length;
      continue;
    }
    if (!/^(?:\$|\\[([])/.test(match[0]) || !mayOpen(text, index)) continue;
    const formula = formulaAt(text.slice(index));
    if (formula) {
      found.push({ index, raw: formula.raw });
      PIECES.lastIndex = index + formula.raw.length;
    } else if (mayBecome(text.slice(index))) {
      return { found, open: index };
    }
  }
  return { found, open: /\\$/.test(text) ? text.length - 1 : -1 };
}

function mayBecome(rest) {
  if (BLANK_LINE.test(rest) || rest.length > LONGEST) return false;
  if (rest.startsWith("\\[")) return !rest.includes("\\]");
  if (rest.startsWith("\\(")) return !rest.includes("\\)");
  if (rest.startsWith("$$")) return !rest.slice(2).includes("$$");
  return rest === "$" || (rest.length < PATIENCE && /^\$[^\s\d$.,:;!?)\]]((?:\\[^\n]|[^\\$\n])*\\?)$/.test(rest));
}

/** What closes the display formula that a line opens without closing it; null of any other line. */
export function openedFormula(line) {
  const opener = /^\s{0,3}(\$\$|\\\[)/.exec(line)?.[1];
  if (!opener) return null;
  const closer = opener === "$$" ? "$$" : "\\]";
  return line.trimStart().slice(2).includes(closer) ? null : closer;
}

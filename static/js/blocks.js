import { openedFormula } from "./math-spans.js";

/**
 * Cuts streaming Markdown into blocks that can be drawn on their own: fences, lists, tables, headings, paragraphs.
 * What `push` returns is finished and never changes again; `open` is the rest, which may still grow.
 * Only the open block is looked at again, so a long answer costs no more per delta than a short one.
 */
const FENCE = /^( {0,3})(`{3,}|~{3,})(.*)$/;
const INNER_FENCE = /^\s+(?:[-*+]\s+|\d{1,9}[.)]\s+)?(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(?:\s|$)/;
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
/** Only these may follow a paragraph without a blank line between. */
const INTERRUPTING_ITEM = /^ {0,3}(?:[-*+]|1[.)])\s+\S/;
/** The beginning of a line that may yet turn out to be a list item or an indented continuation. */
const PERHAPS_LIST = /^(?:\s*|\s*(?:[-*+]|\d{1,9}[.)]?))$/;

export class BlockSplitter {
  #lines = []; // whole lines of the open block, each with its line break
  #tail = ""; // the last line, still without one
  #kind = null; // "fence" | "list" | "text" | null between blocks
  #fence = null; // what closes the fence, or the fence inside a list
  #formula = null; // what closes the formula that the lines before have opened
  #blank = false; // the open list has ended in a blank line and may go on after it

  /** The blocks that this text finishes. */
  push(text) {
    const finished = [];
    const lines = (this.#tail + text).split("\n");
    this.#tail = lines.pop();
    for (const line of lines) this.#line(line, finished);
    if (this.#blank && !PERHAPS_LIST.test(this.#tail) && !this.#continuesList(this.#tail)) this.#finish(finished);
    return finished;
  }

  get open() {
    return this.#lines.join("") + this.#tail;
  }

  /** Whether the open block is a code fence, whose text must not be touched up. */
  get inFence() {
    return this.#fence !== null;
  }

  #line(line, finished) {
    if (this.#fence) return this.#lineInFence(line, finished);
    if (line.trim() === "") return this.#blankLine(line, finished);
    if (this.#formula) return this.#lineInFormula(line);
    if (this.#blank && !this.#continuesList(line)) this.#finish(finished);
    this.#blank = false;
    if (this.#startsFence(line)) {
      this.#finish(finished);
      this.#kind = "fence";
      this.#fence = closerOf(line);
    } else if (HEADING.test(line)) {
      this.#finish(finished);
      this.#lines.push(line + "\n");
      return this.#finish(finished);
    } else {
      if (this.#kind === "text" && INTERRUPTING_ITEM.test(line)) this.#finish(finished);
      this.#kind ??= LIST_ITEM.test(line) ? "list" : "text";
      if (this.#kind === "text") this.#formula = openedFormula(line);
      if (this.#kind === "list" && INNER_FENCE.test(line)) this.#fence = closerOf(line);
    }
    this.#lines.push(line + "\n");
  }

  #lineInFence(line, finished) {
    const left = this.#kind === "list" && /^\S/.test(line); // an unindented line ends the list and its fence
    if (left) {
      this.#fence = null;
      return this.#line(line, finished);
    }
    this.#lines.push(line + "\n");
    if (!this.#fence.test(line)) return;
    this.#fence = null;
    if (this.#kind === "fence") this.#finish(finished);
  }

  /** A minus at the beginning of a line is no list here. */
  #lineInFormula(line) {
    this.#lines.push(line + "\n");
    if (line.includes(this.#formula)) this.#formula = null;
  }

  #blankLine(line, finished) {
    this.#formula = null; // no formula has a blank line: this one was none
    if (this.#kind === null) return;
    this.#lines.push(line + "\n");
    if (this.#kind === "list") this.#blank = true;
    else this.#finish(finished);
  }

  #startsFence(line) {
    const match = FENCE.exec(line);
    if (!match || (match[2][0] === "`" && match[3].includes("`"))) return false;
    return this.#kind !== "list" || match[1].length < 2;
  }

  #continuesList(line) {
    return /^(?:\s{2,}|\t)\S/.test(line) || LIST_ITEM.test(line);
  }

  #finish(finished) {
    if (this.#lines.length) finished.push(this.#lines.join(""));
    this.#lines = [];
    this.#kind = null;
    this.#fence = null;
    this.#formula = null;
    this.#blank = false;
  }
}

function closerOf(line) {
  const ticks = /(`{3,}|~{3,})/.exec(line)[1];
  return new RegExp(`^\\s*\\${ticks[0]}{${ticks.length},}\\s*$`);
}

/** All blocks of a text that is complete. */
export function splitBlocks(text) {
  const splitter = new BlockSplitter();
  const blocks = splitter.push(text);
  if (splitter.open.trim()) blocks.push(splitter.open);
  return blocks;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { Marked } from "marked";
import { BlockSplitter, splitBlocks } from "../../static/js/blocks.js";
import { withoutHtml } from "../../static/js/dialect.js";
import { cut, random } from "./random.js";

const marked = new Marked(withoutHtml);

const PARTS = [
  "# Heading\n",
  "## Heading with text right after\nText.\n",
  "A paragraph of one line.\n",
  "Two lines\nof **one** paragraph [1].\n",
  "Introduction:\n- one\n- two\n",
  "- tight\n- list\n  - nested\n    - deeper\n",
  "* loose\n\n* list\n\n  with a second paragraph\n",
  "1. first\n2. second\n   continued\n",
  "3. starts at three\n4. four\n",
  "- item with code:\n  ```js\n  a();\n\n  b();\n  ```\n- next\n",
  "```python\ndef f():\n\n    # not a heading\n    return [1]\n```\n",
  "~~~\ntildes\n```\nstill in it\n~~~\n",
  "````md\n```\ninner\n```\n````\n",
  "Text right before\n```\ncode\n```\nand right after.\n",
  "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n",
  "Text before a table:\n| a | b |\n|---|---|\n| 1 | 2 |\n",
  "> a quotation\n> of two lines\n",
  "Setext\n======\n",
  "---\n",
  "    indented code\n",
  "<div onclick=x>html</div> and <b>more</b>\n",
  "[1]: handbook.pdf\n[2]: http://example.org\n",
  "Inline `code with | pipe` and ``two ` ticks``.\n",
  "🎉 ünïcödé – “quotes”\n",
];

/** Documents in which parts stand apart by a blank line, as models write them. */
function documents(count) {
  return Array.from({ length: count }, (_, seed) => {
    const pick = random(seed + 1);
    return Array.from({ length: 1 + pick.integer(7) }, () => pick.pick(PARTS)).join("\n");
  });
}

const html = (blocks) => blocks.map((block) => marked.parse(block)).join("");

test("blocks drawn one by one look like the whole", () => {
  for (const text of documents(600)) assert.equal(html(splitBlocks(text)), marked.parse(text), text);
});

test("no character is lost, and it does not matter how the text is cut", () => {
  documents(300).forEach((text, seed) => {
    const splitter = new BlockSplitter();
    const blocks = cut(text, random(seed + 7)).flatMap((piece) => splitter.push(piece));
    assert.equal(blocks.join("") + splitter.open, text);
    const rest = splitter.open.trim() ? [splitter.open] : [];
    assert.deepEqual([...blocks, ...rest], splitBlocks(text));
  });
});

test("a paragraph is finished by a blank line, without waiting for what follows", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(splitter.push("One.\n\n"), ["One.\n\n"]);
  assert.equal(splitter.open, "");
});

test("a list stays open while it may go on, and ends with the first other letter", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(splitter.push("- a\n\n"), []);
  assert.deepEqual(splitter.push("-"), []);
  assert.deepEqual(splitter.push(" b\n\n"), []);
  assert.deepEqual(splitter.push("T"), ["- a\n\n- b\n\n"]);
  assert.equal(splitter.open, "T");
});

test("a fence stays open until it is closed, whatever is in it", () => {
  const splitter = new BlockSplitter();
  assert.deepEqual(splitter.push("```\n# a\n\n- b\n\n"), []);
  assert.equal(splitter.inFence, true);
  assert.deepEqual(splitter.push("```\n"), ["```\n# a\n\n- b\n\n```\n"]);
});

test("the work for each delta does not grow with the answer", () => {
  const splitter = new BlockSplitter();
  let longest = 0;
  for (let i = 0; i < 2000; i += 1) {
    splitter.push(`Paragraph ${i} with some words.\n\n`);
    longest = Math.max(longest, splitter.open.length);
  }
  assert.ok(longest < 40);
});

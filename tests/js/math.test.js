import assert from "node:assert/strict";
import { test } from "node:test";
import { Marked } from "marked";
import { BlockSplitter, splitBlocks } from "../../static/js/blocks.js";
import { withoutHtml } from "../../static/js/dialect.js";
import { heal } from "../../static/js/heal.js";
import { cut, random } from "./random.js";

const marked = new Marked(withoutHtml);
const PLACE = /<code class="math-(inline|display)">([^<]*)<\/code>/g;
const formulas = (text) => [...marked.parse(text).matchAll(PLACE)].map(([, kind, tex]) => `${kind}: ${tex}`);

const FORMULAS = [
  ["Energy is $E = mc^2$.", ["inline: E = mc^2"]],
  ["With \\(a_1 * b_1 * c\\) and \\(x\\).", ["inline: a_1 * b_1 * c", "inline: x"]],
  ["$$E = mc^2$$", ["display: E = mc^2"]],
  ["Then\n$$\na\n- b\n= c\n$$\nso.", ["display: a\n- b\n= c"]],
  ["\\[\n\\frac{1}{2}\n\\] [1]", ["display: \\frac{1}{2}"]],
  ["- first: $x^2$\n- second:\n  $$\n  y\n  $$", ["inline: x^2", "display: y"]],
  ["| a |\n|---|\n| $x_1$ |", ["inline: x_1"]],
  ["**$n$** items, $2ab$, $5$ and $3\\,\\text{per day}$", ["inline: n", "inline: 2ab", "inline: 5", "inline: 3\\,\\text{per day}"]],
  ["$a[1] + b[2]$ [3]", ["inline: a[1] + b[2]"]],
  ["it costs $5 and $x$ is free", ["inline: x"]],
  ["$\\$5 + x$", ["inline: \\$5 + x"]],
  ["$[0, 1)$ is half open", ["inline: [0, 1)"]],
];

const NO_FORMULAS = [
  "It costs $5 and $10.",
  "Between $5-$10, $5–$10 or ($5),($10).",
  "US$5 to US$7, A$5 or A$6",
  "from $5 per person to 6$, then",
  "$5/month or $50/year",
  "Prices in $: 5$, 6$.",
  "`$x$` and ``\\(y\\)``",
  "```\n$x$\n$$y$$\n```",
  "Set $HOME and $PATH; $HOME/$USER.",
  "$one and all of them$",
  "See \\[1\\], \\(as above\\) and \\[note\\].",
  "\\$5 and \\$6 and \\$x$",
  "half $x + y",
  "half $$x\n\ny$$",
  "x$y$z",
  "$ x $",
];

for (const [text, wanted] of FORMULAS) test(`mathematics: ${text}`, () => assert.deepEqual(formulas(text), wanted));
for (const text of NO_FORMULAS) test(`no mathematics: ${text}`, () => assert.deepEqual(formulas(text), []));

test("a formula's signs are not Markdown's, and it cannot bring HTML", () => {
  assert.doesNotMatch(marked.parse("$a_1*b_2*c_3$ and $x <img src=y> z$"), /<em>|<img/);
});

const PARTS = [
  "Text before:\n$$\na\n- b\n# c\n$$\nand after.\n",
  "\\[\nx = 1\n\\]\n",
  "$$x$$ with words, $y$ and [1]\n",
  "- item\n  \\[\n  z\n  \\]\n- item with $q$\n",
  "A paragraph that costs $5.\n",
  "```\n$$\n```\n",
  "| $a$ | b |\n|---|---|\n| $5 | $6 |\n",
];

test("blocks with formulas drawn one by one look like the whole, however the text is cut", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const pick = random(seed);
    const text = Array.from({ length: 1 + pick.integer(6) }, () => pick.pick(PARTS)).join("\n");
    const splitter = new BlockSplitter();
    const blocks = cut(text, random(seed + 7)).flatMap((piece) => splitter.push(piece));
    if (splitter.open.trim()) blocks.push(splitter.open);
    assert.equal(blocks.map((block) => marked.parse(block)).join(""), marked.parse(text), text);
    assert.deepEqual(blocks, splitBlocks(text));
  }
});

test("no state of a growing text shows a piece of a formula", () => {
  const texts = [
    "With $E = mc^2$ and \\(a_1\\) so.\n",
    "Then\n$$\nE^2\n- q\n$$\nso.\n",
    "Then \\[\nE_q \\frac{E}{q}\n\\] so.\n",
    "On $[0, E)$ it holds [1], see *this*.\n",
  ];
  for (const text of texts) {
    for (let i = 1; i <= text.length; i += 1) {
      const shown = marked.parse(heal(text.slice(0, i))).replace(PLACE, "");
      assert.doesNotMatch(shown, /[$\\_^{}]|mc|frac|[Eq]\b/, JSON.stringify(text.slice(0, i)));
    }
  }
});

test("a price is shown while it arrives", () => {
  assert.equal(heal("It costs $5 a"), "It costs $5 a");
  assert.equal(heal("It costs $1,200.50 and"), "It costs $1,200.50 and");
});

test("formulas known already do not slow down or change the words around them", () => {
  assert.equal(heal("$x_1$ is **bo"), "$x_1$ is **bo**");
  assert.equal(heal("a $x*y$ *it"), "a $x*y$ *it*");
});

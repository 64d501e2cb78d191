import assert from "node:assert/strict";
import { test } from "node:test";
import { Marked } from "marked";
import { withoutHtml } from "../../static/js/dialect.js";
import { heal } from "../../static/js/heal.js";

const marked = new Marked(withoutHtml);

const CASES = [
  ["emphasis that has begun is closed", "a **bo", "a **bo**"],
  ["asterisks with nothing after them are held back", "a **", "a "],
  ["italics are closed", "a *it", "a *it*"],
  ["both are closed, the inner one first", "**bold *both", "**bold *both***"],
  ["code is closed", "see `co", "see `co`"],
  ["a multiplication is left alone", "3 * 4 is", "3 * 4 is"],
  ["a link shows its words", "see [the guide](https://exam", "see the guide"],
  ["the beginning of a link is held back", "see [gui", "see "],
  ["an item without words is held back", "- x\n- ", "- x\n"],
  ["a paragraph is not turned into a heading by a dash", "Text\n-", "Text\n"],
  ["a table's head waits for the dashes", "Intro:\n| a | b", "Intro:"],
  ["a row waits until it is whole", "| a |\n|---|\n| 1", "| a |\n|---|\n"],
  ["a whole text is not changed", "All **done** with `code` and [a link](https://example.org).", null],
];

for (const [name, open, wanted] of CASES) {
  test(name, () => assert.equal(heal(open), wanted ?? open));
}

test("no state of a growing text shows raw asterisks, ticks or pipes", () => {
  const text = "Some **bold words** and *light* ones with `code` in it.\n";
  for (let i = 1; i <= text.length; i += 1) {
    const shown = marked.parse(heal(text.slice(0, i)));
    assert.doesNotMatch(shown, /[*`]/, text.slice(0, i));
  }
  const table = "| a | b |\n|---|---|\n| 1 | 2 |\n";
  for (let i = 1; i <= table.length; i += 1) assert.doesNotMatch(marked.parse(heal(table.slice(0, i))), /\|/, table.slice(0, i));
});

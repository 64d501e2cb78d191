/** A passage is found on its page, however the two were read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENOUGH, locate, pageOf } from "../../static/js/sources/find-passage.js";

const marked = (items, quote, before) => {
  const { share, ranges } = locate(pageOf(items), { quote, before });
  return { share, words: ranges.map(({ item, start, end }) => items[item].slice(start, end)) };
};

test("white space, line breaks and case do not matter", () => {
  const found = marked(["Every parent gets", "16 weeks of", "  PARENTAL leave."], "Every parent gets 16 weeks\nof parental leave.");
  assert.deepEqual(found, { share: 1, words: ["Every parent gets", "16 weeks of", "PARENTAL leave"] });
});

test("a word that is divided at the end of a line is one word", () => {
  assert.deepEqual(marked(["The reimburse-", "ment is paid", "monthly"], "reimbursement is paid").words, ["reimburse", "ment is paid"]);
  assert.deepEqual(marked(["a co\u00adoperation of firms"], "cooperation of firms").words, ["co\u00adoperation of firms"]);
});

test("ligatures and accents are their letters", () => {
  assert.deepEqual(marked(["The eﬃcient oﬀice ﬁle"], "efficient office file").words, ["eﬃcient oﬀice ﬁle"]);
  assert.equal(marked(["Gro\u0308ße der Mu\u0308nze"], "Größe der Münze").share, 1);
});

test("Markdown of a list, a table and a heading is no part of the words", () => {
  assert.equal(marked(["Hotel", "180 EUR", "per night"], "| Hotel | 180 EUR | **per night** |").share, 1);
  assert.equal(marked(["•", "Ask your manager first"], "- Ask your `manager` first").share, 1);
});

test("columns that were read in another order are found piece by piece", () => {
  const items = ["the second column begins here", "Every parent gets sixteen weeks", "and goes on with its own words", "of parental leave at full pay"];
  const found = marked(items, "Every parent gets sixteen weeks of parental leave at full pay");
  assert.ok(found.share > 0.95);
  assert.deepEqual(found.words, ["Every parent gets sixteen weeks", "of parental leave at full pay"]);
});

test("of several places that after the same words is taken", () => {
  const items = ["Oslo: up to 180 euros. ", "Bergen: up to 180 euros."];
  const { ranges } = locate(pageOf(items), { quote: "up to 180 euros", before: "Hotels in Bergen: " });
  assert.equal(ranges[0].item, 1);
});

test("what is not on the page is not found, nor is a word or two of it", () => {
  assert.deepEqual(marked(["Something else entirely stands here"], "Every parent gets 16 weeks of parental leave"), { share: 0, words: [] });
  assert.ok(marked(["Every parent gets a letter"], "Every parent gets sixteen weeks of parental leave at full pay").share < ENOUGH);
  assert.equal(marked([], "Every parent").share, 0);
  assert.equal(marked(["a scan"], " \n").share, 0);
});

test("characters beyond the first plane are cut whole", () => {
  assert.deepEqual(marked(["see 𝐀𝐁𝐂 here"], "abc").words, ["𝐀𝐁𝐂"]);
});

/** The interface's texts: in English without a catalog, else in the language of the page. */
import assert from "node:assert/strict";
import { test } from "node:test";

test("without a catalog the English text is shown, with its values in their places", async () => {
  const { t, n } = await import("../../static/js/words.js");
  assert.equal(t("Copy"), "Copy");
  assert.equal(t("Asked by {name}", { name: "Mia {x}" }), "Asked by Mia {x}");
  assert.equal(t("{other} of {name}", { name: "$& {other}" }), "{other} of $& {other}");
  assert.equal(n("{count} source", "{count} sources", 1), "1 source");
  assert.equal(n("{count} source", "{count} sources", 1200), "1,200 sources");
  assert.equal(n("one of {name}", "{count} of {name}", 2, { name: "Mia" }), "2 of Mia");
});

test("with a catalog its texts and the plural forms of its language are shown", async () => {
  globalThis.document = { documentElement: { lang: "ar" } };
  globalThis.colloquyWords = {
    texts: { Copy: "نسخ" },
    plurals: { "{count} source": { zero: "٠", one: "مصدر", two: "مصدران", few: "{count} مصادر", many: "{count} مصدرًا", other: "{count} مصدر" } },
  };
  const { t, n } = await import("../../static/js/words.js?arabic");
  const sources = (count) => n("{count} source", "{count} sources", count);
  assert.equal(t("Copy"), "نسخ");
  assert.equal(t("Not translated"), "Not translated");
  assert.deepEqual([1, 2, 3, 11, 100].map(sources), ["مصدر", "مصدران", "3 مصادر", "11 مصدرًا", "100 مصدر"]);
  delete globalThis.document;
  delete globalThis.colloquyWords;
});

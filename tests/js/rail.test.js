/** The list's headings, fuzzy finding, places in prompts, and keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { best, score } from "../../static/js/palette/fuzzy.js";
import { place } from "../../static/js/prompts/places.js";
import { grouped, heading } from "../../static/js/rail/groups.js";
import { matches, parse, spelt } from "../../static/js/shortcuts.js";

const now = new Date(2026, 4, 10, 0, 30);
const at = (...parts) => new Date(2026, ...parts).toISOString();

test("conversations stand under the day, week or month of their last question", () => {
  assert.equal(heading(at(4, 10, 0, 5), now), "Today");
  assert.equal(heading(at(4, 9, 23, 55), now), "Yesterday");
  assert.equal(heading(at(4, 8, 23, 55), now), "Previous 7 days");
  assert.equal(heading(at(4, 3, 0, 0), now), "Previous 7 days");
  assert.equal(heading(at(4, 2, 23, 0), now), "Previous 30 days");
  assert.equal(heading(at(2, 2), now), "March");
  assert.equal(heading(new Date(2025, 11, 24).toISOString(), now), "December 2025");
});

test("pinned ones stand first, and the newest first in each group", () => {
  const items = [
    { id: "old", updated: at(1, 1) },
    { id: "pinned", updated: at(0, 1), pinned: true },
    { id: "new", updated: at(4, 10) },
    { id: "newer", updated: at(4, 10, 0, 10), pinned: false },
  ];
  const shown = grouped(items, now).map(([name, rows]) => [name, rows.map((row) => row.id)]);
  assert.deepEqual(shown, [["Pinned", ["pinned"]], ["Today", ["newer", "new"]], ["February", ["old"]]]);
});

test("words fit better than letters, beginnings better than middles, and nothing fits what it lacks", () => {
  assert.ok(score("travel", "Travel policy") > score("policy", "Travel policy"));
  assert.ok(score("policy", "Travel policy") > score("olicy", "Travel policy"));
  assert.ok(score("olicy", "Travel policy") > score("trpo", "Travel policy"));
  assert.ok(score("ubernachtung", "Übernachtung") > 10);
  assert.ok(score("policy trav", "Travel policy") > 10);
  assert.equal(score("xyz", "Travel policy"), 0);
  assert.equal(score("z", "Travel policy"), 0);
  assert.equal(score("tra", "Checklist for new managers in the Hamburg office"), 0);
  assert.ok(score("", "anything") > 0);
  assert.deepEqual(best("trp", ["Old trip", "Travel policy", "Leave"], (text) => text, 5), ["Old trip", "Travel policy"]);
});

test("Tab goes from one place of a prompt to the next, and back", () => {
  const text = "Write to {customer} about {topic}. {}";
  assert.deepEqual(place(text, 0), [9, 19]);
  assert.deepEqual(place(text, 19), [26, 33]);
  assert.equal(place(text, 33), null);
  assert.deepEqual(place(text, 26, { back: true }), [9, 19]);
  assert.equal(place(text, 9, { back: true }), null);
  assert.equal(place("function() {\n}", 0), null);
});

const press = (key, more = {}) => ({ key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

test("keys are heard as they are named, on every keyboard", () => {
  assert.ok(matches(press("k", { ctrlKey: true }), "Mod+K", { mac: false }));
  assert.ok(matches(press("k", { metaKey: true }), "Mod+K", { mac: true }));
  assert.ok(!matches(press("k", { ctrlKey: true }), "Mod+K", { mac: true }), "kills a line there");
  assert.ok(!matches(press("K", { ctrlKey: true, shiftKey: true }), "Mod+K", { mac: false }));
  assert.ok(!matches(press("k"), "Mod+K", { mac: false }));
  assert.ok(matches(press("?", { shiftKey: true }), "?", { mac: false }));
  assert.ok(matches(press("/", { shiftKey: true, ctrlKey: true }), "Mod+/", { mac: false }), "German");
  assert.ok(matches(press("ى", { code: "KeyN" }), "n", { mac: false }), "Arabic");
  assert.ok(!matches(press("N", { shiftKey: true }), "n", { mac: false }));
  assert.ok(!matches(press("n", { altKey: true }), "n", { mac: false }));
});

test("a plain key is one that is pressed alone", () => {
  assert.deepEqual(["n", "?", "Mod+K", "Shift+Escape", "Enter"].map((keys) => parse(keys).plain), [true, true, false, false, false]);
  assert.deepEqual(spelt("Mod+Shift+O"), ["Ctrl", "Shift", "O"]);
});

/** The small pure modules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../static/js/backoff.js";
import { chosenDay } from "../../static/js/as-of.js";
import { dayInWords, relative } from "../../static/js/dates.js";
import { splitMarkers } from "../../static/js/markers.js";
import { newClientId, Outbox } from "../../static/js/outbox.js";
import { age, place, sortSources, staleness, withSources } from "../../static/js/places.js";
import { BEGIN, END, withEnds } from "../../static/js/quote-ends.js";

const memory = () => {
  const items = new Map();
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
};

test("known markers become buttons and unknown ones stay text", () => {
  assert.deepEqual(splitMarkers("a [1][3] b [12].", (n) => n !== 3), ["a ", { marker: 1 }, "[3] b ", { marker: 12 }, "."]);
  assert.deepEqual(splitMarkers("array[0], [1a], [ 1 ]", () => true), ["array", { marker: 0 }, ", [1a], [ 1 ]"]);
});

test("pauses double, are spread, and have a limit", () => {
  assert.equal(backoff(0, () => 1), 400);
  assert.equal(backoff(3, () => 0), 1600);
  for (let attempt = 0; attempt < 60; attempt += 1) assert.ok(backoff(attempt) <= 15_000);
});

test("a question waits in the outbox over a reload until it is settled", () => {
  const storage = memory();
  const frame = { type: "ask", client_id: newClientId(), text: "How long?" };
  new Outbox(storage, "k").add(frame);
  const reloaded = new Outbox(storage, "k");
  assert.deepEqual(reloaded.all(), [frame]);
  assert.deepEqual(reloaded.settle(frame.client_id), frame);
  assert.equal(reloaded.settle(frame.client_id), undefined);
  assert.deepEqual(new Outbox(storage, "k").all(), []);
});

test("a damaged outbox is an empty one", () => {
  for (const stored of ["{", "{}", "[3,null]"]) assert.deepEqual(new Outbox({ getItem: () => stored, setItem() {} }, "k").all(), []);
});

test("dates are told as people tell them", () => {
  const now = new Date(2026, 4, 10, 12, 0);
  const ago = (ms) => new Date(now - ms).toISOString();
  assert.equal(relative(ago(20_000), now), "just now");
  assert.equal(relative(ago(5 * 60_000), now), "5 minutes ago");
  assert.equal(relative(ago(86_400_000), now), "yesterday");
  assert.equal(relative(new Date(+now + 5000).toISOString(), now), "just now");
});

const passages = [1, 2, 3].map((number) => ({ number, title: `D${number}`, page: number, heading: [], collection: "C" }));
const citations = new Map([[2, { marker: 2, title: "D2", page: 2, heading: ["A", "B"], quote: "q", available: true }]]);

test("cited sources and those not used are told apart", () => {
  const { cited, unused } = sortSources(passages, citations);
  assert.deepEqual(cited.map((source) => [source.number, source.collection]), [[2, "C"]]);
  assert.deepEqual(unused.map((source) => source.number), [1, 3]);
});

test("a copied answer takes its sources along, but none that is gone", () => {
  assert.equal(place(citations.get(2)), "page 2 · A › B");
  assert.equal(place({ title: "T", heading: ["T", "A"], collection: "C" }, { withCollection: true }), "C · A");
  assert.equal(withSources("Yes [2].", citations), "Yes [2].\n\nSources:\n[2] D2, page 2 · A › B\n");
  assert.equal(withSources("Yes.", new Map([[1, { marker: 1, available: false }]])), "Yes.");
});

test("the ends of a quote do not break the structure that it stands in", () => {
  const cases = [
    ["", "# Leave", "\n", `# ${BEGIN}Leave${END}\n`],
    ["a\n", "- one\n- two", "", `a\n- ${BEGIN}one\n- two${END}`],
    ["", "| 1 | 2 |", "\n", `| ${BEGIN}1 | 2${END} |\n`],
    ["so ", "- much", ".", `so ${BEGIN}- much${END}.`],
  ];
  for (const [before, quote, after, wanted] of cases) assert.equal(withEnds({ before, quote, after }), wanted);
  assert.equal(withEnds({ before: "a", quote: "", after: "b" }), "ab");
});

test("a day to ask about is today, an earlier one, or refused", () => {
  assert.equal(chosenDay("", "2026-03-01"), null);
  assert.equal(chosenDay("2026-03-01", "2026-03-01"), null);
  assert.equal(chosenDay("2026-02-28", "2026-03-01"), "2026-02-28");
  assert.equal(chosenDay("2026-03-02", "2026-03-01"), undefined);
  assert.equal(dayInWords("2026-03-01"), "1 March 2026");
});

test("a source tells its version, its age and who tends it", () => {
  const now = new Date("2026-06-02T12:00:00Z");
  assert.equal(age({ version: 2, updated: "2026-03-01T12:00:00Z", owner: "Mia Moss" }, now), "Version 2, updated 3 months ago, tended by Mia Moss");
  assert.equal(age({ version: 1, updated: "2026-06-02T12:00:00Z", owner: "" }, now), "Version 1, added just now");
  assert.equal(age({ version: null, updated: null, owner: "" }), "");
});

test("a source is stale when it has expired or nobody has reviewed it, and not because a newer version exists", () => {
  const marks = [
    { code: "expired", text: "Expired on 1 May 2026" },
    { code: "replaced", text: "A newer version exists" },
  ];
  assert.deepEqual(staleness({ marks }), [marks[0]]);
  assert.deepEqual(staleness({}), []);
});

test("a copied answer says what is stale and which day it is of", () => {
  const citation = { marker: 1, title: "Leave", marks: [{ code: "expired", text: "Expired on 1 May 2026" }] };
  const copied = withSources("So [1].", new Map([[1, citation]]), "2026-03-01");
  assert.equal(copied, "So [1].\n\nSources:\n[1] Leave, Expired on 1 May 2026\nAs of 1 March 2026\n");
});

/** What a question is asked with, in words and from one question to the next. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { daysInWords } from "../../static/js/asked-with.js";
import { lastAsked } from "../../static/js/choices.js";

test("days are told as far as they limit", () => {
  assert.equal(daysInWords({ dated_from: "2026-03-01", dated_until: "2026-03-31" }), "Documents from 1 March 2026 to 31 March 2026");
  assert.equal(daysInWords({ dated_from: "2026-03-01", dated_until: null }), "Documents from 1 March 2026 on");
  assert.equal(daysInWords({ dated_from: null, dated_until: "2026-03-31" }), "Documents up to 31 March 2026");
  assert.equal(daysInWords({}), "");
});

test("a conversation goes on with what its last question was asked with", () => {
  const assistant = { id: "a", name: "Pilot", icon: "spark" };
  const messages = [
    { role: "question" },
    { role: "answer", as_of: "2026-01-01", asked_with: null },
    { role: "question" },
    { role: "answer", as_of: null, asked_with: { assistant, collections: [{ id: "c", name: "C" }], dated_from: null, dated_until: null } },
  ];
  assert.deepEqual(lastAsked(messages), { assistant, collections: [{ id: "c", name: "C" }], dated_from: null, dated_until: null, as_of: null });
  assert.deepEqual(lastAsked(messages.slice(0, 2)), { assistant: null, as_of: "2026-01-01" });
  assert.deepEqual(lastAsked([]), { assistant: null, as_of: null });
});

/** The modules of the chat page, found from its entry. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

function modules(path = "js/chat.js", seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  if (path.startsWith("vendor/")) return seen;
  for (const [, name] of read(`static/${path}`).matchAll(/from "(\.\.?\/[\w/-]+\.js)"/g)) {
    modules(name.startsWith("./") ? `js/${name.slice(2)}` : name.slice(3), seen);
  }
  return seen;
}

test("the page preloads exactly the modules that it imports", () => {
  const wanted = [...modules()].filter((path) => path !== "js/chat.js").sort();
  const preloaded = [...read("templates/chat/modules.html").matchAll(/static '([^']+)'/g)].map((match) => match[1]).sort();
  assert.deepEqual(preloaded, wanted);
});

test("no script writes HTML or runs text", () => {
  for (const path of [...modules()].filter((path) => path.startsWith("js/"))) {
    assert.doesNotMatch(read(`static/${path}`), /innerHTML|outerHTML|insertAdjacentHTML|document\.write\(|eval\(|new Function/, path);
  }
});

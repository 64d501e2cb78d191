/** The modules of each page, found from its entry. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const PAGES = ["js/chat.js", "js/documents/documents.js", "js/sharing/shared.js", "js/sharing/print.js"];

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

function modules(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  if (path.startsWith("vendor/")) return seen;
  for (const [, name] of read(`static/${path}`).matchAll(/from "(\.\.?\/[\w/-]+\.js)"/g)) {
    modules(posix.join(posix.dirname(path), name), seen);
  }
  return seen;
}

for (const entry of PAGES) {
  test(`no script of ${entry} writes HTML or runs text`, () => {
    for (const path of [...modules(entry)].filter((path) => path.startsWith("js/"))) {
      assert.doesNotMatch(read(`static/${path}`), /innerHTML|outerHTML|insertAdjacentHTML|document\.write\(|eval\(|new Function/, path);
    }
  });
}

test("every language that code can be coloured in has its grammar copied", () => {
  const aliases = /const ALIASES = \{([^}]+)\}/.exec(read("static/js/code-colours.js"))[1];
  const coloured = [...aliases.matchAll(/(\w+): "/g)].map((match) => match[1]).sort();
  const grammars = /GRAMMARS = \(([^]+?)\n\)/.exec(read("deploy/vendor.py"))[1];
  assert.deepEqual(coloured, [...grammars.matchAll(/"(\w+)"/g)].map((match) => match[1]).sort());
});

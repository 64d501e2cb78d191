/** The modules of each page, found from its entry. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const PAGES = {
  "js/chat.js": "templates/chat/modules.html",
  "js/documents/documents.js": "templates/documents/modules.html",
  "js/sharing/shared.js": "templates/sharing/shared_modules.html",
  "js/sharing/print.js": "templates/sharing/print_modules.html",
};

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

for (const [entry, template] of Object.entries(PAGES)) {
  test(`the page of ${entry} preloads exactly the modules that it imports`, () => {
    const wanted = [...modules(entry)].filter((path) => path !== entry).sort();
    const preloaded = [...read(template).matchAll(/static '([^']+)'/g)].map((match) => match[1]).sort();
    assert.deepEqual(preloaded, wanted);
  });

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

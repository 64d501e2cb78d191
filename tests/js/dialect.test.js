import assert from "node:assert/strict";
import { test } from "node:test";
import { Marked } from "marked";
import { withoutHtml } from "../../static/js/dialect.js";

const marked = new Marked(withoutHtml);

test("HTML is shown as it was typed", () => {
  for (const html of ["<script>alert(1)</script>", "<img src=x onerror=y>", "<div>\n\n**b**", "<!-- c -->", "<svg/onload=a>", "<style>*{}</style>"]) {
    assert.doesNotMatch(marked.parse(`a ${html}\n\n${html}`), /<(?:script|img|div|!--|svg|style)/i, html);
  }
});

test("a line break in a table cell is one", () => {
  assert.match(marked.parse("| a |\n|---|\n| x<br>y |\n"), /x<br>y/);
});

test("a picture becomes a link, or only its words", () => {
  assert.equal(marked.parse("![plan](https://example.org/p.png)"), '<p><a href="https://example.org/p.png">plan</a></p>\n');
  assert.equal(marked.parse("![plan](data:image/png;base64,AAAA)"), "<p>plan</p>\n");
  assert.equal(marked.parse("![](javascript:alert(1))"), "<p>picture</p>\n");
});

test("a list of sources with colons stays readable", () => {
  assert.match(marked.parse("See [1].\n\n[1]: handbook.pdf"), /\[1\]: handbook\.pdf/);
});

import { mathExtensions } from "./math-dialect.js";

/**
 * Our Markdown: GitHub's, with mathematics, without HTML (it is shown as it was typed, except a line break in a table), without
 * reference definitions (so that a list like "[1]: handbook.pdf" stays readable) and without pictures.
 */
const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escapeHtml = (text) => text.replace(/[&<>"]/g, (character) => escapes[character]);

export const withoutHtml = {
  gfm: true,
  breaks: true,
  extensions: mathExtensions(escapeHtml),
  tokenizer: {
    html: () => undefined,
    def: () => undefined,
    tag(source) {
      const match = /^<br\s*\/?>/i.exec(source);
      return match ? { type: "html", raw: match[0], text: "<br>", inLink: false, inRawBlock: false, block: false } : undefined;
    },
  },
  renderer: {
    html: ({ text }) => (text === "<br>" ? "<br>" : escapeHtml(text)),
    image({ href, text }) {
      const label = escapeHtml(text || "picture");
      return /^https?:/i.test(href) ? `<a href="${escapeHtml(href)}">${label}</a>` : label;
    },
  },
};

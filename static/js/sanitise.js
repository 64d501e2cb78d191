/**
 * What Markdown from a model may become: text structure and links, nothing that loads, runs or looks like our page.
 * Pictures from elsewhere would tell their server who reads what, so a picture becomes a link to it.
 */
import DOMPurify from "../vendor/dompurify.js";
import { once } from "./words.js";

const TAGS = [
  "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "del", "code", "pre", "blockquote",
  "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "input", "sup", "sub", "#text",
];
const ATTRIBUTES = ["href", "class", "start", "align", "type", "checked", "disabled"];
/** Of code: its language, or that it is a formula. Of spans, which only highlight.js brings: their colour. */
const CLASSES = { CODE: /^(?:language-[\w+#.-]{1,30}|math-(?:inline|display))$/, SPAN: /^hljs-[\w-]+(?: [\w-]+)*$/ };
const SAFE_LINK = /^(?:https?:\/\/[^/]|mailto:[^@\s]+@)/i;

/** Each has its rules for good: read anew with every block they would cost more than the block. */
function purifier(purify, rules) {
  purify.setConfig({ ...rules, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false, RETURN_DOM_FRAGMENT: true });
  purify.addHook("uponSanitizeAttribute", keepKnown);
  purify.addHook("afterSanitizeAttributes", disarm);
  return purify;
}

function keepKnown(node, data) {
  if (data.attrName === "class") data.keepAttr = CLASSES[node.nodeName]?.test(data.attrValue) ?? false;
  if (data.attrName === "type") data.keepAttr = data.attrValue === "checkbox";
}

function disarm(node) {
  if (node.nodeName === "INPUT") node.type === "checkbox" ? (node.disabled = true) : node.remove();
  if (node.nodeName !== "A") return;
  if (SAFE_LINK.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("rel", "noopener noreferrer nofollow");
    node.setAttribute("target", "_blank");
  } else {
    node.removeAttribute("href");
  }
}

const prose = purifier(DOMPurify, { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES });
const colours = once(() => purifier(DOMPurify(window), { ALLOWED_TAGS: ["span", "#text"], ALLOWED_ATTR: ["class"] }));

/** A fragment that may be put into the page. */
export const sanitise = (html) => prose.sanitize(html);

/** The same of what highlight.js made of a piece of code. */
export const sanitiseColours = (html) => colours().sanitize(html);

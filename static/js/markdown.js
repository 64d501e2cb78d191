/** One block of Markdown as a fragment of the page. The only user of marked. */
import { Marked } from "../vendor/marked.js";
import { decorate } from "./decorate.js";
import { sanitise } from "./sanitise.js";
import { withoutHtml } from "./dialect.js";

const marked = new Marked(withoutHtml);
// Characters that turn the direction of text around make one text look like another.
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

export function render(block) {
  const fragment = sanitise(marked.parse(block.replace(BIDI_CONTROLS, "")));
  decorate(fragment);
  return fragment;
}

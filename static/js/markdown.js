/** One block of Markdown as a fragment of the page. The only user of marked. */
import { Marked } from "../vendor/marked.js";
import { decorate } from "./decorate.js";
import { inSlices } from "./idle.js";
import { sanitise } from "./sanitise.js";
import { withoutHtml } from "./dialect.js";

const marked = new Marked(withoutHtml);
// Characters that turn the direction of text around make one text look like another.
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

const ahead = new Map(); // block -> [fragments]

export const render = (block) => ahead.get(block)?.pop() ?? make(block);

/** Makes what will be asked for, in slices. */
export function renderAhead(blocks) {
  ahead.clear();
  return inSlices(blocks, (block) => ahead.set(block, [...(ahead.get(block) ?? []), make(block)]));
}

function make(block) {
  const fragment = sanitise(marked.parse(block.replace(BIDI_CONTROLS, "")));
  decorate(fragment);
  return fragment;
}

/** A link says where it leads: at once when its words name another place, else while it is pointed at. */
import { h } from "./dom.js";

const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g;
const ADDRESS = /^(?:[a-z]+:\/\/)?[^\s/:]+\.[^\s/:.]{2,}(?:[/:?#]\S*)?$/i;

/** The browser writes a host of letters that look like others in punycode, so it cannot be taken for another. */
export function tellTarget(link) {
  const { host, href, protocol } = link;
  link.title = href;
  const words = link.textContent.replace(INVISIBLE, "").trim();
  if (protocol === "mailto:" || !ADDRESS.test(words)) return;
  if (hostOf(words) !== host) link.append(h("span", { class: "link-host", dir: "ltr" }, ` (${host})`));
}

/** As it is read, and not as a browser would translate it. */
const hostOf = (words) => words.replace(/^[a-z]+:\/\//i, "").split(/[/?#]/)[0].toLowerCase();

/** Tells screen readers that something began or ended; never the text itself, which would drown everything else. */
import { byId } from "./dom.js";

export function announce(words) {
  const region = byId("announcer");
  region.textContent = "";
  // A region that is emptied and filled at once is not read again when the words are the same.
  setTimeout(() => (region.textContent = words), 60);
}

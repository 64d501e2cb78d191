/** A moment as people say it, with the full one as its title. */
import { fullDate, relative } from "./dates.js";
import { h } from "./dom.js";
import { whenIdle } from "./idle.js";

let begun = false;

/** The words of the first come when the page has time, titles when they are wanted: to begin, Intl takes as long as an answer takes to be drawn. */
export function when(iso) {
  const element = h("time", { class: "when", datetime: iso, onpointerenter: () => (element.title = fullDate(iso)) });
  const say = () => {
    begun = true;
    element.textContent = relative(iso);
  };
  if (begun) say();
  else whenIdle(say);
  return element;
}

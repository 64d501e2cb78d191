/** The newest answer on the page, for keys and the palette: its buttons are pressed as a person would. */
import { byId } from "./dom.js";

export function lastAnswer(list) {
  const copy = () => [...list.querySelectorAll("[data-copy=answer]")].at(-1);
  const cited = () => [...list.querySelectorAll("[data-message]")].findLast((message) => message.querySelector("[data-source]"));
  const panelOpen = () => !byId("source-panel").hidden;
  return {
    canCopy: () => Boolean(copy()),
    copyLast: () => copy().click(),
    hasSource: () => panelOpen() || Boolean(cited()),
    toggleSource: () => (panelOpen() ? byId("source-close") : cited().querySelector("[data-source]")).click(),
  };
}

/** A short message at the bottom that goes by itself, with at most one thing to do about it. */
import { byId, h } from "./dom.js";

const STAY = 8_000;
const STAY_WITH_ACTION = 20_000; // time to find out what was done, and to reach the button
let timer = null;

export function toast(words, action) {
  const element = h("div", { class: "toast" }, h("span", {}, words));
  if (action) {
    element.append(h("button", { type: "button", class: "toast-action", onclick: () => (hide(element), action.run()) }, action.label));
  }
  clearTimeout(timer);
  byId("toasts").replaceChildren(element);
  const leave = () => (timer = setTimeout(() => hide(element), action ? STAY_WITH_ACTION : STAY));
  // Whoever is reaching for it gets all the time they need.
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, leave);
  leave();
}

/** The button of what can be done about the newest message, while it is there. */
export const toastAction = () => byId("toasts").querySelector(".toast-action");

function hide(element) {
  clearTimeout(timer);
  element.remove();
}

/** A small menu at a button: arrow keys move, Escape and a click elsewhere close, and the focus goes back. */
import { h, icon } from "./dom.js";
import { placeNear } from "./placement.js";

let close = () => {};

/** `items`: [{label, icon, danger, run}]. */
export function openMenu(button, items) {
  close();
  const menu = h("div", { class: "menu", role: "menu" }, items.map((item) => entry(item, button)));
  (button.closest("nav, main, aside, dialog") ?? document.body).append(menu); // inside a landmark, where it is read
  placeNear(menu, button);
  button.setAttribute("aria-expanded", "true");
  menu.firstElementChild.focus();
  const away = (event) => menu.contains(event.target) || close();
  menu.addEventListener("keydown", (event) => key(event, menu, button));
  addEventListener("pointerdown", away, true);
  addEventListener("resize", close);
  close = () => {
    close = () => {};
    removeEventListener("pointerdown", away, true);
    removeEventListener("resize", close);
    button.setAttribute("aria-expanded", "false");
    menu.remove();
  };
}

function entry({ label, icon: name, danger, run }, button) {
  const onclick = () => {
    close();
    button.focus();
    run();
  };
  return h("button", { type: "button", role: "menuitem", class: danger ? "danger" : null, tabindex: "-1", onclick }, icon(name), label);
}

function key(event, menu, button) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const targets = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
  if (event.key in targets) {
    event.preventDefault();
    items.at(targets[event.key] % items.length).focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
    button.focus();
  }
}

/** The sidebar: beside the page where there is room, a drawer over it where there is not. */
import { byId } from "./dom.js";

const NARROW = matchMedia("(max-width: 52rem)");
const KEY = "colloquy.sidebar";

export class Drawer {
  constructor() {
    this.root = document.documentElement;
    this.sidebar = byId("sidebar");
    this.scrim = byId("sidebar-scrim");
    this.opener = byId("sidebar-open");
    this.opener.addEventListener("click", () => this.#set(true));
    byId("sidebar-close").addEventListener("click", () => this.#set(false));
    this.scrim.addEventListener("click", () => this.#set(false));
    this.sidebar.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && NARROW.matches && !event.defaultPrevented) this.#set(false);
    });
    NARROW.addEventListener("change", () => this.closeIfNarrow());
  }

  show() {
    this.#set(true);
  }

  /** After a choice was made in it. */
  closeIfNarrow() {
    delete this.root.dataset.drawer;
    this.#cover(false);
  }

  #set(open) {
    if (NARROW.matches) {
      if (open) this.root.dataset.drawer = "open";
      else delete this.root.dataset.drawer;
      this.#cover(open);
    } else {
      if (open) delete this.root.dataset.sidebar;
      else this.root.dataset.sidebar = "closed";
      localStorage.setItem(KEY, open ? "open" : "closed");
    }
    (open ? byId("sidebar-close") : this.opener).focus();
  }

  #cover(open) {
    this.scrim.hidden = !open;
    byId("main").inert = open;
  }
}

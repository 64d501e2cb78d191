/** What a new chat shows: what answers are made from, and a few questions to begin with. */
import { getSuggestions } from "./api.js";
import { WelcomeAssistants } from "./welcome-assistants.js";
import { byId, h, icon } from "./dom.js";

export class Welcome {
  #known;

  constructor({ conversation, suggestions, urls, onask }) {
    this.element = byId("welcome");
    this.urls = urls;
    this.onask = onask;
    this.assistants = new WelcomeAssistants({ onask });
    this.#known = conversation === null;
    if (this.#known) this.#draw(suggestions);
  }

  set shown(shown) {
    this.element.hidden = !shown;
    if (shown && !this.#known) this.#load();
  }

  draw(choices) {
    this.assistants.draw(choices);
  }

  async #load() {
    this.#known = true;
    try {
      this.#draw(await getSuggestions(this.urls.chat));
    } catch {
      this.#known = false; // a new chat works without them, and the next one asks again
    }
  }

  #draw(suggestions) {
    byId("suggestions").replaceChildren(...suggestions.map((text) => this.#suggestion(text)));
    const upload = byId("welcome-upload");
    upload.hidden = suggestions.length > 0 || !this.urls.upload;
    if (this.urls.upload) upload.querySelector("a").href = this.urls.upload;
  }

  #suggestion(text) {
    const onclick = () => this.onask(text);
    return h("li", {}, h("button", { type: "button", class: "suggestion", onclick }, h("span", { dir: "auto" }, text), icon("arrow")));
  }
}

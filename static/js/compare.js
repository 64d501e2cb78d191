/** Two answers to the same question: side by side where there is room, else one under the other. Loaded when asked for. */
import { Answer } from "./answer.js";
import { AnswerView } from "./answer-view.js";
import { h, iconButton } from "./dom.js";
import { t } from "./words.js";

/** `items` are all answers, `shown` the id of the one on the page. `lend(view)` makes its sources open. */
export function comparison(items, shown, { lend, onchoose, onclose }) {
  const ids = items.map(({ id }) => id);
  const at = ids.indexOf(shown);
  const picked = [at, at > 0 ? at - 1 : 1].sort((a, b) => a - b);
  const list = h("ol", { class: "compare-answers" });
  const element = h(
    "li",
    { class: "compare", "aria-label": t("Answers beside each other") },
    h("div", { class: "compare-head" }, h("h2", {}, t("Compare answers")), iconButton("close", t("Close the comparison"), { onclick: onclose, "data-role": "close" })),
    list,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    onclose();
  });

  function draw() {
    list.replaceChildren(...picked.map((number, side) => column(number, side)));
  }

  function column(number, side) {
    const view = new AnswerView(new Answer(items[number]), { readOnly: true });
    lend(view);
    view.draw();
    view.element.querySelector("h2").remove();
    view.element.prepend(head(number, side));
    return view.element;
  }

  function head(number, side) {
    const keep = h("button", { type: "button", class: "button small", onclick: () => onchoose(ids[number]) }, t("Keep this one"));
    keep.setAttribute("aria-label", t("Keep answer {number}", { number: number + 1 }));
    return h("div", { class: "compare-column-head" }, items.length > 2 ? choice(number, side) : h("h3", {}, t("Answer {number}", { number: number + 1 })), keep);
  }

  function choice(number, side) {
    const select = h("select", { "aria-label": side ? t("Answer on the right") : t("Answer on the left"), "data-side": side });
    items.forEach((_, n) => {
      if (n !== picked[1 - side]) select.append(h("option", { value: n, selected: n === number }, t("Answer {number} of {count}", { number: n + 1, count: items.length })));
    });
    select.addEventListener("change", () => {
      picked[side] = Number(select.value);
      draw();
      list.querySelector(`[data-side="${side}"]`).focus();
    });
    return select;
  }

  draw();
  return element;
}

/** Which rows are chosen. Shift takes all between the last one touched and this one. */
export class Selection {
  #ids = new Set();
  #anchor = null;

  constructor(onchange) {
    this.onchange = onchange;
  }

  get ids() {
    return [...this.#ids];
  }

  has(id) {
    return this.#ids.has(id);
  }

  toggle(id, { order = [], range = false } = {}) {
    const wanted = !this.#ids.has(id);
    const between = range && this.#anchor !== null ? slice(order, this.#anchor, id) : [id];
    for (const one of between) {
      if (range || wanted) this.#ids.add(one);
      else this.#ids.delete(one);
    }
    this.#anchor = id;
    this.onchange();
  }

  /** From the row that has the focus to the next one. */
  extend(from, to) {
    this.#ids.add(from).add(to);
    this.#anchor = to;
    this.onchange();
  }

  set(ids) {
    this.#ids = new Set(ids);
    this.#anchor = null;
    this.onchange();
  }

  drop(id) {
    if (this.#ids.delete(id)) this.onchange();
  }
}

function slice(order, from, to) {
  const [a, b] = [order.indexOf(from), order.indexOf(to)].sort((x, y) => x - y);
  return a < 0 ? [to] : order.slice(a, b + 1);
}

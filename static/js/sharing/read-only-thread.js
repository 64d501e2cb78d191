/** A conversation that only is read: no socket, nothing that asks again. */
import { Answer } from "../answer.js";
import { AnswerView } from "../answer-view.js";
import { drawWhenNear } from "../near.js";
import { QuestionView } from "../question-view.js";
import { withheldAnswer } from "./withheld.js";

export class ReadOnlyThread {
  #views = new Map(); // id -> AnswerView

  constructor(list, messages) {
    let asked = "";
    for (const item of messages) {
      if (item.role === "question") asked = item.text;
      list.append(item.role === "question" ? new QuestionView(item).element : this.#answer(item, asked));
    }
  }

  answer(id) {
    return this.#views.get(id)?.answer;
  }

  drawWhenNear() {
    drawWhenNear([...this.#views.values()]);
  }

  drawAll() {
    for (const view of this.#views.values()) view.draw();
  }

  #answer(item, question) {
    if (item.withheld) return withheldAnswer(question);
    const view = new AnswerView(new Answer(item), { readOnly: true });
    this.#views.set(item.id, view);
    return view.element;
  }
}

/** Under the newest answer: questions to go on with. Asked for once it has ended here; without any nothing is shown. */
import { post } from "./api.js";
import { h, icon } from "./dom.js";
import { t } from "./words.js";

/** `onask` asks one of them. */
export function followUps(answer, { on, onask }) {
  if (!on || answer.status !== "complete" || !answer.citations.size) return null;
  const element = h("div", { class: "follow-ups", role: "group", "aria-label": t("Questions to go on with"), hidden: true });
  const show = () => {
    element.hidden = !answer.followUps?.length;
    const chips = (answer.followUps ?? []).map((text) => h("button", { type: "button", class: "follow-up", onclick: () => onask(text) }, h("span", { dir: "auto" }, text), icon("arrow")));
    element.replaceChildren(...chips);
  };
  if (answer.followUps === undefined) fetchOnce(answer, show);
  show();
  return element;
}

async function fetchOnce(answer, show) {
  answer.followUps = [];
  try {
    answer.followUps = (await post(`/api/messages/${answer.id}/follow-ups`)).follow_ups;
  } catch {
    return; // they are a courtesy: nobody misses them
  }
  show();
}

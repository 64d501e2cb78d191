/** Under an answer without a source: that the question is counted, and a way to have its words read. */
import { post } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./toast.js";
import { n, t } from "./words.js";

export function gapStrip(answer, gaps) {
  if (answer.status !== "complete" || !answer.text || answer.citations.size || !gaps.counting) return null;
  const said = h("span", {});
  const button = h("button", { type: "button", class: "button small", onclick: send });
  const show = () => {
    said.textContent = answer.questionSent
      ? t("Those who tend the documents can read your question, without your name.")
      : n("Those who tend the documents see that this was asked, without your name.", "Those who tend the documents see that this was asked, without your name. They can read it once {count} people have asked alike, or if you send it.", gaps.people);
    button.textContent = answer.questionSent ? t("Take it back") : t("Send my question");
  };

  async function send() {
    try {
      const { question_sent: sent } = await post(`/api/messages/${answer.id}/send-question`, { sent: !answer.questionSent });
      answer.questionSent = sent;
    } catch (error) {
      return toast(error.message);
    }
    show();
    toast(answer.questionSent ? t("Your question was sent.") : t("Your question was taken back."));
  }

  show();
  return h("div", { class: "gap-strip", role: "group", "aria-label": t("Your question is missing an answer") }, h("p", {}, said), button);
}

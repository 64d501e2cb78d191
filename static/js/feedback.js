/** Thumbs under an answer. Down counts at once; what was wrong can be said then, changed and taken back. */
import { post } from "./api.js";
import { h, iconButton } from "./dom.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export const sendRating = async (answer, rating) => {
  const { feedback, question_sent: sent } = await post(`/api/messages/${answer.id}/feedback`, rating);
  answer.feedback = feedback;
  answer.questionSent = sent;
};

export function ratingButtons(answer, gaps) {
  const up = iconButton("thumb-up", t("Good answer"), { class: "icon-button small", onclick: () => rate(true) });
  const down = iconButton("thumb-down", t("Bad answer"), { class: "icon-button small", "aria-haspopup": "dialog", onclick: () => rate(false) });
  const show = () => {
    up.setAttribute("aria-pressed", String(answer.feedback?.helpful === true));
    down.setAttribute("aria-pressed", String(answer.feedback?.helpful === false));
  };

  async function rate(helpful) {
    const known = answer.feedback?.helpful === helpful;
    try {
      if (helpful || !known) await sendRating(answer, { helpful: helpful && known ? null : helpful, send: answer.questionSent });
    } catch (error) {
      return toast(error.message);
    }
    show();
    if (helpful) return toast(known ? t("Your rating is taken back.") : t("Thank you."));
    const { feedbackSheet } = await import("./feedback-sheet.js");
    feedbackSheet(answer, { gaps, opener: down, onchange: show });
  }

  show();
  return h("span", { class: "rating", role: "group", "aria-label": t("Rate this answer") }, up, down);
}

/**
 * Draws answers when they come near the window, and the others while the browser has nothing better to do. Opening a
 * conversation of hundreds of messages thus costs no more than what is seen of it.
 */
import { splitBlocks } from "./blocks.js";
import { whenIdle } from "./idle.js";

const AT_ONCE = 6;

let round = 0;

export function drawWhenNear(views) {
  const mine = ++round;
  for (const view of views.slice(-AT_ONCE)) view.draw();
  const rest = views.slice(0, -AT_ONCE);
  if (!rest.length) return;
  const byElement = new Map(rest.map((view) => [view.element, view]));
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) byElement.get(target).draw();
    },
    { rootMargin: "1200px" },
  );
  for (const { element } of rest) observer.observe(element);
  whenIdle(() => drawNext(rest, () => mine === round, observer));
}

/** What `drawWhenNear` will draw at once of these messages, in blocks. */
export const newestBlocks = (messages) =>
  messages.filter(({ role }) => role === "answer").slice(-AT_ONCE).flatMap(({ text }) => splitBlocks(text ?? ""));

/** From the newest back, since that is the way people read. */
function drawNext(views, wanted, observer) {
  if (!wanted() || !views.length) return observer.disconnect();
  views.pop().draw();
  whenIdle(() => drawNext(views, wanted, observer));
}

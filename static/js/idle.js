/** Work in pieces, so that keys and clicks are answered between them. */

/** Resolves in the next task: the browser may answer or draw before it. */
export const pause = () => (globalThis.scheduler?.yield ? scheduler.yield() : new Promise((done) => setTimeout(done)));

const SLICE = 4; // milliseconds

/** Does `work` with each of `items`, some milliseconds' worth in a task: done at once they would hold up keys and clicks. */
export async function inSlices(items, work) {
  let begun = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - begun < SLICE) continue;
    await pause();
    begun = performance.now();
  }
}

/** Does `work` when the browser has nothing better to do, and within two seconds at the latest. */
export const whenIdle = (work) => ("requestIdleCallback" in window ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 50));

/** Resolves then. */
export const idle = () => new Promise(whenIdle);

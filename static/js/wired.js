/** The page answers from now on: also to the button that was pressed before it could (static/js/early.js). */
export function wired() {
  performance.mark("wired"); // for benchmarks/reading.py
  document.documentElement.dataset.ready = "true";
  dispatchEvent(new Event("wired"));
}

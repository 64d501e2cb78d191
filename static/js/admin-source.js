// A source's page follows its run.
//   <section data-follow-run="address of its state">…<div data-run-state>replaced</div>…</section>
// When the run has ended the page is loaded once more, for its history and buttons.
const PAUSE = 1500;

async function follow(section) {
  const state = section.querySelector("[data-run-state]");
  for (;;) {
    await new Promise((done) => setTimeout(done, PAUSE));
    if (document.hidden) continue;
    let answer;
    try {
      answer = await fetch(section.dataset.followRun, { headers: { Accept: "application/json" } });
    } catch {
      continue; // the network comes back
    }
    if (!answer.ok) return;
    const { html, finished } = await answer.json();
    if (state.innerHTML !== html) state.innerHTML = html; // made by our own template, which escapes
    if (finished && !section.ownerDocument.querySelector("form:focus-within")) return location.reload();
    if (finished) return;
  }
}

for (const section of document.querySelectorAll("[data-follow-run]")) follow(section);

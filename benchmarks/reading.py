"""The chat page in a real browser: how soon it is there, how long conversations open and scroll, how it types."""

import json
import time
import urllib.request
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from benchmarks.application import application, folder
from benchmarks.figures import percentile, table
from benchmarks.lighthouse import AIMS, CATEGORIES, PROGRAM, audit, chromium, score
from benchmarks.processes import UpstreamProcess, upstream

MESSAGES = 500
WORDS = 20_000
PASSAGES = 200
TURNS = 2  # of the usual conversation
KEY = "a"


def run(*, quick: bool) -> str:
    with (
        upstream() as model,
        folder() as var,
        application(var, upstream=model) as app,
        sync_playwright() as p,
    ):
        browser = p.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        app.inside("passages", str(PASSAGES))  # else there is nothing to answer from
        place = app.inside("conversations", str(MESSAGES)) | {
            "address": f"http://localhost:{app.env['PORT']}"
        }
        rows = [
            *loads(browser, place, count=3 if quick else 7),
            *long_conversation(browser, place),
            *typing(browser, place, model, words=WORDS // 4 if quick else WORDS),
        ]
        browser.close()
        rows += lighthouse(p, place, count=1 if quick else 3)
    return f"{READING}\n\n{table(['what', 'measured', 'aim'], rows)}"


READING = f"""## The chat page

Headless Chromium on the same cores as all of Colloquy. *Cold* is a fresh profile each time, the median of several
loads. *Usable* is when the page is wired: what is done before is held and done then. The long conversation has {MESSAGES} messages, answers of 270 words
with headings and lists. Frames are counted while it is scrolled by 300 pixels a frame. A key's latency is the browser's
own figure (Event Timing) from the key to the next painted frame, while an answer of {WORDS:,} words in paragraphs, lists
and tables arrives as fast as the server takes it. Lighthouse simulates a slow 4G phone on a real conversation."""


def signed_in(browser: Browser, place: dict[str, str]) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    name, value = place["cookie"].split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": place["address"]}])
    return context


def loads(browser: Browser, place: dict[str, str], *, count: int) -> list[list[str]]:
    seen = []
    for _ in range(count):
        context = signed_in(browser, place)
        page = context.new_page()
        page.goto(f"{place['address']}/chat/")
        page.wait_for_load_state("networkidle")
        seen.append(page.evaluate(LOADED))
        context.close()
    painted, usable = (median(one[key] for one in seen) for key in ("painted", "usable"))
    return [
        ["first paint, cold", f"{painted:,.0f} ms", "under 1,000 ms"],
        ["composer usable, cold", f"{usable:,.0f} ms", "under 1,000 ms"],
        [
            "scripts before the first question",
            f"{seen[0]['scripts'] / 1000:.0f} kB compressed",
            "under 150 kB",
        ],
    ]


LOADED = """() => ({
  painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  usable: performance.getEntriesByName("wired")[0].startTime,
  scripts: performance.getEntriesByType("resource").filter((e) => new URL(e.name).pathname.endsWith(".js"))
    .reduce((sum, e) => sum + e.encodedBodySize, 0),
})"""


def long_conversation(browser: Browser, place: dict[str, str]) -> list[list[str]]:
    page = signed_in(browser, place).new_page()
    page.goto(f"{place['address']}/chat/{place['usual']}/")
    page.wait_for_load_state("networkidle")
    opened = []
    for _ in range(5):
        opened.append(page.evaluate(OPEN, [place["long"], MESSAGES]))
        page.evaluate(OPEN, [place["usual"], TURNS * 2])
    page.evaluate(OPEN, [place["long"], MESSAGES])
    page.wait_for_timeout(3000)
    gaps = page.evaluate(SCROLL)
    page.context.close()
    return [
        [f"{MESSAGES} long messages, opened from the list", f"{median(opened):,.0f} ms", "under 500 ms"],
        ["a frame while it scrolls, p50", f"{percentile(gaps, 50):.1f} ms", "16.7 ms"],
        ["p95", f"{percentile(gaps, 95):.1f} ms", ""],
    ]


OPEN = """async ([id, count]) => {
  const begun = performance.now();
  document.querySelector(`a[data-conversation="${id}"]`).click();
  const thread = document.getElementById("thread");
  const drawn = () => thread.childElementCount === count && thread.querySelector(":scope > li:last-child .prose > *");
  while (!drawn()) await new Promise(requestAnimationFrame);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begun;
}"""
SCROLL = """async () => {
  const scroller = document.getElementById("scroller");
  scroller.scrollTop = scroller.scrollHeight;
  const gaps = [];
  let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < 240; i += 1) {
    scroller.scrollTop -= 300;
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}"""


def typing(browser: Browser, place: dict[str, str], model: UpstreamProcess, *, words: int) -> list[list[str]]:
    told = {"text": long_answer(words), "rate": 4000}
    ask = urllib.request.Request(
        f"{model.url.removesuffix('/v1')}/script",
        json.dumps(told).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(ask, timeout=10).close()
    page = signed_in(browser, place).new_page()
    page.goto(f"{place['address']}/chat/")
    page.fill("#question", "Tell me all of it")
    page.keyboard.press("Enter")
    page.locator(".answer .prose > *").first.wait_for()
    page.evaluate(WATCH)
    keys = type_until_done(page)
    slow = page.evaluate("() => window.slow")
    page.context.close()
    # The browser reports only keys that took longer than a frame.
    latencies = [*slow, *([16.0] * max(0, keys - len(slow)))]
    return [
        [f"a key while {words:,} words stream, p50", f"{percentile(latencies, 50):.0f} ms", "under 50 ms"],
        ["p98", f"{percentile(latencies, 98):.0f} ms", "under 50 ms"],
    ]


WATCH = """() => {
  window.slow = [];
  document.getElementById("question").focus();
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === "keydown") window.slow.push(entry.duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: false });
}"""


def type_until_done(page: Page) -> int:
    keys, until = 0, time.monotonic() + 120
    while page.locator(".answer[aria-busy=true]").count() and time.monotonic() < until:
        page.keyboard.press(KEY)
        page.wait_for_timeout(60)
        keys += 1
    return keys


def long_answer(words: int) -> str:
    paragraph = (
        "The **handbook** says that whoever travels for work keeps every receipt and hands it in. " * 5
    )
    part = f"## Part\n\n{paragraph}\n\n- one item\n- another `item`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    return part * (words // len(part.split()))


def lighthouse(playwright: Playwright, place: dict[str, str], *, count: int) -> list[list[str]]:
    if not PROGRAM.exists():
        return [["Lighthouse", "not installed: npm ci", ""]]
    rows = []
    for kind, words in ("usual", "a conversation"), ("heavy", "one with code and formulas"):
        address = f"{place['address']}/chat/{place[kind]}/"
        reports = [audit(playwright, address, place["cookie"]) for _ in range(count)]
        for name, aim in zip(CATEGORIES, AIMS, strict=True):
            found = median(score(report, name) for report in reports)
            rows.append([f"Lighthouse, {name}, {words}", f"{found:.0f}", f"at least {aim}"])
    return rows

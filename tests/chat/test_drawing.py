"""Formulas, code and tables as a real browser draws them while they stream, under the policy of the chat page."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.chat.test_markdown_safety import address, page  # noqa: F401

START = """async ([text, numbers]) => {
  document.head.replaceChildren(...["tokens", "base", "prose", "reading"].map((name) =>
    Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/static/css/${name}.css` })));
  const { Prose } = await import("/static/js/prose.js");
  const citations = new Map(numbers.map((n) => [n, { marker: n, title: `Source ${n}` }]));
  window.prose = new Prose(citations);
  document.body.replaceChildren(window.prose.element);
  window.frame = () => new Promise((done) => requestAnimationFrame(done));
  window.prose.push(text);
}"""
HEIGHTS = "() => [...prose.element.querySelectorAll('p')].map((each) => each.getBoundingClientRect().height)"


@pytest.fixture
def sheet(page: Page) -> Iterator[Page]:
    """The page with what went wrong in it: errors, and what the policy forbade."""
    problems: list[str] = []

    def told(message: Any) -> None:
        if message.type == "error":
            problems.append(message.text)

    def failed(error: object) -> None:
        problems.append(str(error))

    page.on("console", told)
    page.on("pageerror", failed)
    yield page
    page.remove_listener("console", told)
    page.remove_listener("pageerror", failed)
    assert problems == []


def draw(sheet: Page, text: str, *numbers: int) -> None:
    sheet.evaluate(START, [text, list(numbers)])
    sheet.evaluate("() => prose.finish()")
    sheet.wait_for_function("() => !document.querySelector('.math.pending')")


FORMULAS = [
    r"$E = mc^2$",
    r"\(\vec{v} \cdot \overrightarrow{AB}\)",
    r"$$\sqrt{\frac{\sum_{i=1}^n (x_i - \bar x)^2}{n - 1}}$$",
    r"\[\begin{pmatrix} a & b \\ c & d \end{pmatrix} \begin{aligned} x &= 1 \\ y &= 2 \end{aligned}\]",
    r"$\boxed{\color{teal} x} \cancel{y} \pmb{z} \fcolorbox{red}{#eee}{q} \underbrace{a+b}_{c}$",
    r"$$f(x) = \begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases} \tag{1}$$",
    r"$\ce{H2O}$ and $\lim_{x \to \infty} \int_0^\infty \mathbb{R} \mathcal{L} \mathfrak{g}$",
]


@pytest.mark.parametrize("text", FORMULAS, ids=range(len(FORMULAS)))
def test_a_formula_is_drawn_under_the_policy_of_the_page(sheet: Page, text: str) -> None:
    draw(sheet, f"Before {text} after.")
    drawn = sheet.locator(".math").count()
    assert drawn >= 1
    # What KaTeX does not know, here chemistry, stays as it was written.
    assert sheet.locator(".math .katex").count() == drawn - sheet.locator(".math.unreadable").count()
    assert sheet.locator(".math.unreadable").count() == text.count(r"\ce")
    assert sheet.locator(".math math").count() == sheet.locator(".math .katex").count()  # for screen readers


HOSTILE = [
    r"$\href{javascript:window.harmed=1}{x}$",
    r"$\url{https://evil.example/}$",
    r"$$\includegraphics[height=9em]{https://evil.example/beacon.png}$$",
    r"$\htmlStyle{background:url(https://evil.example/)}{x}$",
    r"$\htmlId{composer}{x} \htmlClass{composer}{y} \htmlData{copy=code}{z}$",
    r"$\color{red;background:url(https://evil.example/)}{x}$",
    r"$x<img src=https://evil.example/beacon.png onerror=window.harmed=1>$",
    r"$\text{<img src=x onerror=window.harmed=1>}$",
    r"$$\def\a{\a\a}\a$$",
    r"$$\newcommand{\x}[1]{#1#1#1#1#1#1#1#1#1#1}\x{\x{\x{\x{\x{\x{y}}}}}}$$",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_formula_loads_links_and_runs_nothing(sheet: Page, address: str, text: str) -> None:
    strangers: list[str] = []

    def note(request: Any) -> None:
        if not request.url.startswith(address):
            strangers.append(request.url)

    sheet.on("request", note)
    draw(sheet, f"{text}\n\nAfter.")
    sheet.remove_listener("request", note)
    assert strangers == []
    assert sheet.evaluate("() => window.harmed") is None
    assert sheet.locator(".prose a, .prose img, .prose [id], .prose [data-copy]").count() == 0
    assert sheet.locator(".prose").inner_text().endswith("After.")


def test_a_huge_formula_covers_nothing_beyond_the_answer(sheet: Page) -> None:
    draw(
        sheet,
        "Top.\n\n$$\\rule{9999em}{9999em} \\kern-500em x$$\n\n$\\raisebox{500em}{x} \\kern-900em y$\n\nEnd.",
    )
    assert sheet.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert sheet.locator(".math.display").first.bounding_box()["height"] < 500


def test_a_formula_takes_as_many_lines_before_it_is_drawn_as_after(sheet: Page) -> None:
    """KaTeX comes later than the words, and nothing jumps then."""
    formulas = (r"\bar x = \frac{1}{n} \sum_i x_i", "x", r"\mathrm{net} = \sqrt{a^2 + b^2} - \frac{c}{2}")
    held: list[Route] = []
    sheet.reload()  # where no formula was drawn yet
    sheet.route("**/katex.min.js", lambda route: held.append(route))
    with sheet.expect_request("**/katex.min.js"):
        sheet.evaluate(START, ["\n\n".join(f"The mean of all of them is ${each}$." for each in formulas), []])
        sheet.evaluate("() => { prose.element.style.inlineSize = '300px'; prose.finish(); }")
    sheet.wait_for_function("() => [...document.querySelectorAll('link')].every((link) => link.sheet)")
    assert sheet.locator(".math.pending").count() == len(formulas)
    before = sheet.evaluate(HEIGHTS)
    held[0].continue_()
    sheet.unroute("**/katex.min.js")
    sheet.wait_for_function("() => !document.querySelector('.math.pending')")
    grown = [after - height for height, after in zip(before, sheet.evaluate(HEIGHTS), strict=True)]
    assert [n for n in grown if abs(n) > 12] == []  # pixels; a line has 26


def test_half_a_formula_is_not_shown_and_a_drawn_one_is_left_alone(sheet: Page) -> None:
    draw(sheet, "Ready $x$.")  # KaTeX is here from now on
    sheet.evaluate(START, ["It holds $x_1 = 5", []])
    sheet.evaluate("() => frame()")
    assert sheet.inner_text(".prose").strip() == "It holds"
    sheet.evaluate("async () => { prose.push('$ and costs $5'); await frame(); await frame(); }")
    assert sheet.locator(".math .katex").count() == 1
    assert sheet.locator(".math.pending").count() == 0
    changes = sheet.evaluate(
        """async () => {
          const formula = document.querySelector(".math");
          let changes = 0;
          new MutationObserver((records) => (changes += records.length)).observe(formula, {
            childList: true, characterData: true, subtree: true, attributes: true });
          for (const word of " a day, $y$ two, **three** and ".split(" ")) { prose.push(word + " "); await frame(); }
          prose.finish();
          await frame();
          return [changes, formula.isConnected];
        }"""
    )
    assert changes == [0, True]
    assert "costs $5 a day" in sheet.inner_text(".prose")


def test_markers_stay_right_around_formulas_and_code(sheet: Page) -> None:
    text = "With $a[1]$ [1] and `b[1]` [1].\n\n$$c[1] + 1$$ [1]\n\n```python\nd[1]\n```\n\n| a |\n|---|\n| $e[1]$ [1] |"
    draw(sheet, text, 1)
    sheet.locator(".hljs-number").first.wait_for()
    assert sheet.locator("button.cite").count() == 4
    assert sheet.locator(":is(.math, code) button.cite").count() == 0
    sheet.evaluate("() => prose.refreshMarkers()")
    assert sheet.locator("button.cite").count() == 4


def test_only_finished_code_is_coloured_and_it_stays_the_same_text(sheet: Page) -> None:
    code = 'def f(x):\n    return "<b>" + x  # [1]\n'
    sheet.evaluate(START, [f"```python\n{code}", []])
    sheet.evaluate("async () => { await frame(); await frame(); }")
    assert sheet.locator("[data-coloured]").count() == 0
    sheet.evaluate("() => prose.push('```\\n')")
    sheet.locator(".hljs-keyword").first.wait_for()
    assert sheet.evaluate("() => document.querySelector('pre').textContent") == code
    assert sheet.inner_text(".code-head span >> nth=0") == "python"
    again = sheet.evaluate(
        "async () => { prose.finish(); prose.finish(); await frame(); return document.querySelectorAll('.hljs-keyword').length }"
    )
    assert again == 2


@pytest.mark.parametrize("language", ["html", "ts", "SQL", "yaml", "c++", "dockerfile"])
def test_languages_are_known_by_what_people_call_them(sheet: Page, language: str) -> None:
    draw(sheet, f"```{language}\nSELECT 1 <b>x</b> /* FROM */ FROM const int x: 'y' # z\n```")
    sheet.locator("[data-coloured] span").first.wait_for()


def test_code_of_an_unknown_language_stays_plain(sheet: Page) -> None:
    draw(sheet, "```klingon\nQapla'\n```\n\n```\nplain\n```")
    assert sheet.locator("[data-coloured]").count() == 0


TABLE = '| Name | Costs |\n|---|--:|\n| Oslo [1] | -180 |\n| =HYPERLINK("https://evil.example") | $x$ |\n'
STUB = """() => { window.copied = null;
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { write: async ([item]) => {
    window.copied = {};
    for (const type of item.types) window.copied[type] = await (await item.getType(type)).text();
  } } }); }"""


def test_a_table_is_copied_for_a_spreadsheet_which_calculates_nothing(sheet: Page) -> None:
    draw(sheet, TABLE, 1)
    sheet.evaluate(STUB)
    copied = sheet.evaluate(
        """async () => {
          const { sheet } = await import("/static/js/rich-copy.js");
          return sheet(document.querySelector("table"));
        }"""
    )
    assert copied["text"] == ('Name\tCosts\nOslo [1]\t-180\n\'=HYPERLINK("https://evil.example")\t$x$')
    assert "<td>Oslo [1]</td>" in copied["html"]
    assert ">=" not in copied["html"]


def test_an_answer_is_copied_with_its_formatting_and_sources(sheet: Page) -> None:
    draw(sheet, f"**Yes** $x^2$ [1].\n\n```python\na = 1\n```\n\n{TABLE}", 1)
    html = sheet.evaluate(
        """async () => {
          const { richText } = await import("/static/js/rich-copy.js");
          return richText(document.querySelector(".prose"), ["Sources:", "[1] <b>Guide</b>, page 2"]);
        }"""
    )
    assert "<strong>Yes</strong> $x^2$ [1]." in html
    assert "<p>[1] &lt;b&gt;Guide&lt;/b&gt;, page 2</p>" in html
    assert "<pre><code>" in html
    assert "a" in html
    assert "<button" not in html
    assert "class=" not in html


STEADY = """async (text) => {
  const shifts = [];
  const seen = new PerformanceObserver((list) => shifts.push(...list.getEntries().filter((e) => e.sources.some((s) => s.node?.textContent.trim())).map((e) => e.value)));
  seen.observe({ type: "layout-shift" });
  const gone = [];
  new MutationObserver((records) => {
    for (const r of records) for (const node of r.removedNodes) if (node.nodeType === 1 && !/^(?:STRONG|EM|CODE|SPAN)$/.test(node.nodeName)) gone.push(node.nodeName);
  }).observe(prose.element, { childList: true, subtree: true });
  let touched = 0;
  for (let i = 0; i < text.length; i += 7) {
    const before = [...prose.element.children].slice(0, -2);
    const watch = new MutationObserver((records) => (touched += records.filter((r) => !r.target.closest?.(".code")).length));
    for (const element of before) watch.observe(element, { childList: true, subtree: true, characterData: true });
    prose.push(text.slice(i, i + 7));
    await frame();
    watch.disconnect();
  }
  prose.finish();
  await frame();
  await frame();
  seen.disconnect();
  return { shifts, gone, touched };
}"""
ANSWER = (
    "# Leave\n\nYou get **16 weeks** and *rest* with $x_1^2$ and `code`:\n\n- one **item**\n- two\n  - deeper $y$\n\n"
    "| Place | Costs | Why |\n|---|--:|---|\n| Oslo | 180 | far [1] |\n| Rome | $z$ | warm |\n\n"
    "$$\n\\frac{a}{b}\n- c\n$$\n\n1. first\n2. second with words that run on\n\n```python\nx = [1]\nfor y in x:\n    print(y)\n```\n\n"
    "See [the guide](https://example.org) [1] for more. It costs $5.\n\n> quoted *words*\n\nEnd.\n"
)


def test_a_streaming_answer_neither_flickers_nor_jumps(sheet: Page) -> None:
    """Nothing drawn is taken away again, nothing finished is touched, and nothing moves what stands above it."""
    draw(sheet, "Ready $x$ and\n\n```python\nx = 1\n```")
    sheet.locator(".hljs-number").first.wait_for()
    sheet.evaluate(START, ["", [1]])
    seen = sheet.evaluate(STEADY, ANSWER)
    assert seen["gone"] == []
    assert seen["touched"] == 0
    assert seen["shifts"] == []

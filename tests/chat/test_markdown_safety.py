"""What a model writes does nothing but be read: rendered in a real browser, under the policy of the chat page."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings
from playwright.sync_api import Page, Request, sync_playwright

from tests.services import chromium_path

PAGE = b"<!doctype html><meta charset=utf-8><link rel=icon href=data:,><title>Test</title><body></body>"
RENDER = """async (text) => {
  const { render } = await import("/static/js/markdown.js");
  const { splitBlocks } = await import("/static/js/blocks.js");
  const box = document.createElement("div");
  document.body.replaceChildren(box);
  for (const block of splitBlocks(text)) box.append(render(block));
  await new Promise((done) => setTimeout(done, 20));
  return box.innerHTML;
}"""


class Files(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)
        else:
            super().do_GET()

    def end_headers(self) -> None:
        policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        self.send_header(
            "Content-Security-Policy", "; ".join(f"{name} {' '.join(v)}" for name, v in policy.items())
        )
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = partial(Files, directory=str(settings.BASE_DIR))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        yield page
        browser.close()


HOSTILE = [
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "<svg><script>window.harmed = 1</script></svg>",
    "<svg onload='window.harmed = 1'>",
    "<iframe srcdoc='<script>top.harmed = 1</script>'></iframe>",
    "<a href='javascript:window.harmed = 1'>x</a>",
    "[x](javascript:window.harmed=1)",
    "[x](  JaVaScRiPt:window.harmed=1)",
    "[x](java&#10;script:window.harmed=1)",
    "[x](data:text/html,<script>window.harmed=1</script>)",
    "[x](vbscript:x)",
    "[x](/accounts/logout/)",
    "[x](//evil.example/)",
    "[x](\\\\evil.example)",
    "![x](https://evil.example/beacon.png)",
    "![x](//evil.example/beacon.png)",
    '![x](https://evil.example/b.png "onerror=window.harmed=1")',
    "<https://evil.example/auto>",
    "<style>* { background: url(https://evil.example/css) }</style>",
    "<form action=https://evil.example><input name=a><button>Send</button></form>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.harmed=1>",
    "```html\n<script>window.harmed = 1</script>\n```",
    '```"onmouseover=window.harmed=1\nx\n```',
    '`<img src=x onerror="window.harmed=1">`',
    "| <img src=x onerror=window.harmed=1> |\n|---|\n| <script>window.harmed=1</script> |",
    "<base href=https://evil.example/>",
    "<object data=https://evil.example/x></object>",
    "[x]: https://evil.example/x\n\n[x]",
    "<div id=chat-data class=composer>x</div>",
    "<!-- <img src=https://evil.example/c onerror=window.harmed=1> -->",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<video poster=https://evil.example/p.png><source src=https://evil.example/v></video>",
    "<svg><use href=https://evil.example/x.svg#a></use><image href=https://evil.example/i></image></svg>",
    "<p style='background:url(https://evil.example/s)'>x</p>",
    "![x][ref]\n\n[ref]: https://evil.example/beacon.png",
    "[![x](https://evil.example/b.png)](javascript:window.harmed=1)",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
    "> - ```html\n>   <img src=x onerror=window.harmed=1>\n>   ```",
    "www.evil.example/a?x=<script>window.harmed=1</script>",
    "&lt;img src=x onerror=window.harmed=1&gt; &#60;script&#62;window.harmed=1&#60;/script&#62;",
    "[x](https://evil.example/ 'a\" onmouseover=\"window.harmed=1')",
    "[x](<javascript:window.harmed=1>) [y](\tjavascript:window.harmed=1) [z](\u0001javascript:window.harmed=1)",
]
TEXT_TAGS = {
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "em",
    "del",
    "code",
    "pre",
    "blockquote",
}
LIST_TAGS = {"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "input", "sup", "sub"}
OUR_TAGS = {"div", "span", "button", "svg", "use"}  # around code and tables


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_markdown_runs_and_loads_nothing(page: Page, address: str, text: str) -> None:
    strangers: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(address):
            strangers.append(request.url)

    page.on("request", note)
    page.evaluate(RENDER, f"Before {text}\n\n{text}\n\n- {text}")
    page.remove_listener("request", note)
    assert strangers == []
    assert page.evaluate("() => window.harmed") is None
    found = page.evaluate("() => [...document.body.querySelectorAll('*')].map((e) => e.localName)")
    assert set(found) <= TEXT_TAGS | LIST_TAGS | OUR_TAGS
    attributes = page.evaluate(
        "() => [...document.body.querySelectorAll('*')].flatMap((e) => e.getAttributeNames())"
    )
    assert not [
        name for name in attributes if name.startswith("on") or name in ("style", "src", "id", "name")
    ]
    links = page.evaluate(
        "() => [...document.body.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"
    )
    assert all(link.lower().startswith(("http://", "https://", "mailto:")) for link in links)


def test_links_tell_their_target_nothing(page: Page) -> None:
    page.evaluate(RENDER, "[x](https://example.org) and mail@example.org")
    rels = page.evaluate("() => [...document.body.querySelectorAll('a')].map((a) => [a.rel, a.target])")
    assert rels == [["noopener noreferrer nofollow", "_blank"]] * 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[https://bank.example/login](https://evil.example/)", " (evil.example)"),
        ("[bank.example](https://bank.example.evil.example/)", " (bank.example.evil.example)"),
        ("[b\u200bank.example](https://evil.example/)", " (evil.example)"),
        ("[https://\u0430pple.example](https://\u0430pple.example/)", " (xn--pple-43d.example)"),
        ("[https://bank.example@evil.example/](https://bank.example@evil.example/)", " (evil.example)"),
        ("[https://bank.example/a](https://bank.example/b)", None),
        ("[the guide v1.2](https://bank.example/)", None),
        ("<https://bank.example/>", None),
    ],
    ids=range(8),
)
def test_a_link_whose_words_name_another_place_says_where_it_leads(
    page: Page, text: str, told: str | None
) -> None:
    page.evaluate(RENDER, text)
    assert page.evaluate("() => document.querySelector('.link-host')?.textContent ?? null") == told
    assert page.evaluate("() => document.querySelector('a').title.startsWith('https://')")


def test_relative_links_keep_only_their_words(page: Page) -> None:
    assert "href" not in page.evaluate(RENDER, "[the logout](/accounts/logout/)")


def test_characters_that_turn_text_around_are_dropped(page: Page) -> None:
    html = page.evaluate(RENDER, "Open invoice\u202efdp.exe now\u2066!")
    assert "invoicefdp.exe now!" in html


def test_markers_become_buttons_outside_code_and_links_only(page: Page) -> None:
    page.evaluate(RENDER, "Yes [1], `[1]` and [see [1]](https://example.org).\n\n```\n[1]\n```")
    script = """async () => {
      const { placeMarkers } = await import("/static/js/markers.js");
      const citations = new Map([[1, { title: "<b>Guide</b>" }]]);
      placeMarkers(document.body, citations);
      placeMarkers(document.body, citations);
      return [...document.querySelectorAll("button.cite")].map((b) => [b.textContent, b.getAttribute("aria-label")]);
    }"""
    assert page.evaluate(script) == [["1", "Source 1: <b>Guide</b>"]]
    assert "[1]" in page.inner_text("pre")


def test_text_that_streams_in_ends_as_text_drawn_at_once(page: Page) -> None:
    script = """async (text) => {
      const { Prose } = await import("/static/js/prose.js");
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const whole = new Prose(new Map());
      whole.push(text);
      whole.finish();
      const streamed = new Prose(new Map());
      document.body.replaceChildren(streamed.element);
      for (const character of text) {
        streamed.push(character);
        if (character === " " || character === "|") await frame();
      }
      streamed.finish();
      return [streamed.element.innerHTML, whole.element.innerHTML];
    }"""
    text = (
        "# Leave\n\nYou get **16 weeks** and *rest*:\n\n- one `code`\n- two\n\n  more\n\n"
        "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\n```py\nx = [1]\n```\n\nSee [it](https://example.org). 🎉"
    )
    streamed, whole = page.evaluate(script, text)
    assert streamed == whole


def test_what_is_finished_is_never_drawn_again(page: Page) -> None:
    script = """async () => {
      const { Prose } = await import("/static/js/prose.js");
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const prose = new Prose(new Map());
      document.body.replaceChildren(prose.element);
      prose.push("First paragraph.\\n\\n");
      await frame();
      const first = prose.element.firstElementChild;
      const seen = [];
      new MutationObserver((records) => seen.push(...records.map((r) => r.target))).observe(first, {
        childList: true, characterData: true, subtree: true, attributes: true });
      for (let i = 0; i < 50; i += 1) {
        prose.push(`Paragraph ${i} with **words**.\\n\\n`);
        if (i % 10 === 0) await frame();
      }
      prose.finish();
      await new Promise((done) => setTimeout(done, 20));
      return [prose.element.firstElementChild === first, seen.length, prose.element.children.length];
    }"""
    assert page.evaluate(script) == [True, 0, 51]


def test_much_that_comes_at_once_is_drawn_over_several_frames(page: Page) -> None:
    script = """async () => {
      const { Prose } = await import("/static/js/prose.js");
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const prose = new Prose(new Map());
      document.body.replaceChildren(prose.element);
      prose.push("A paragraph with **words**.\\n\\n".repeat(3000) + "open");
      await frame();
      const drawn = prose.element.children.length;
      while (prose.element.children.length < 3001) await frame();
      return [drawn > 0 && drawn < 3000, prose.element.lastElementChild.textContent];
    }"""
    assert page.evaluate(script) == [True, "open"]


def test_all_that_came_stands_there_once_it_has_ended(page: Page) -> None:
    script = """async () => {
      const { Prose } = await import("/static/js/prose.js");
      const prose = new Prose(new Map());
      document.body.replaceChildren(prose.element);
      prose.push("A paragraph with **words**.\\n\\n".repeat(300));
      prose.finish();
      return prose.element.children.length;
    }"""
    assert page.evaluate(script) == 300

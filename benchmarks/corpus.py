"""Documents and questions to measure with: seeded, every one different, of English words as often as in English.

The words come from the reference manual inside Python. Made-up words would fall into so many word pieces that an
embedding model would seem slow.
"""

import io
import random
import re
import textwrap
from collections import Counter
from functools import cache
from pydoc_data.topics import topics

COUNTS = Counter(re.findall(r"\b[a-z]{2,14}\b", " ".join(topics.values()).lower()))
WORDS = [word for word, _ in COUNTS.most_common()]
WEIGHTS = [COUNTS[word] for word in WORDS]
PASSAGE_CHARACTERS = 1200
PAGE_CHARACTERS = 2_500


@cache
def sentences() -> list[str]:
    """A stock to build texts from: making words up for each text would take longer than indexing it."""
    chance = random.Random(11)
    return [
        f"{' '.join(chance.choices(WORDS, WEIGHTS, k=chance.randint(7, 22)))}.".capitalize()
        for _ in range(20_000)
    ]


def text(seed: int, characters: int) -> str:
    """Paragraphs of at least so many characters."""
    chance, stock = random.Random(seed), sentences()
    parts = [f"Entry {seed}. "]
    size = 0
    while size < characters:
        parts.append(chance.choice(stock) + ("\n\n" if len(parts) % 5 == 0 else " "))
        size += len(parts[-1])
    return "".join(parts)


def document(seed: int, *, size: int = 20_000) -> str:
    """A Markdown document of `size` bytes with a title and sections of about 2,500."""
    parts = [f"# Document {seed} of the benchmark\n\n"]
    for count in range(size // 2_500 + 1):
        parts.append(f"## Section {count + 1}: {WORDS[(seed * 31 + count * 7) % len(WORDS)]}\n\n")
        parts.append(text(seed * 1000 + count, 2_500) + "\n\n")
    return "".join(parts)[:size]


def note(seed: int) -> str:
    """A small file: a title and a paragraph, which are one passage."""
    return f"# Note {seed}\n\n{text(seed + 3_000_000, 600)}"


def pdf(seed: int, *, pages: int) -> bytes:
    """A title on the first page, and pages of plain text in lines of usual length."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(f"Report {seed}")
    for page in range(pages):
        lines = canvas.beginText(60, 780)
        lines.setFont("Helvetica", 10)
        for line in textwrap.wrap(text(seed * 10_000 + page, PAGE_CHARACTERS), 95):
            lines.textLine(line)
        canvas.drawText(lines)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def passage(seed: int) -> str:
    return text(seed + 5_000_000, PASSAGE_CHARACTERS)


def question(seed: int) -> str:
    """Words as people ask: a few common ones, a few that occur in few passages."""
    chance = random.Random(seed + 9_000_000)
    words = chance.choices(WORDS, WEIGHTS, k=5) + chance.choices(WORDS[60:2000], k=3)
    return f"What about {' '.join(words)}?"

"""A short name for a conversation, from its first question."""

import unicodedata

from assistant.endpoints import Endpoint
from assistant.events import Usage
from assistant.prompt import words
from assistant.stream import Completion, complete_text

MAX_TOKENS = 40
READ = 1_500  # characters of the question: it is named in its first sentences
LONGEST = 60
LONGEST_REPLY = 200  # who writes more has not written a title
AROUND = "*_`\"'“”„«»‘’.:;, "
LABELS = ("title:", "titel:", "titre :", "titre:")


async def title_of(question: str, endpoint: Endpoint) -> tuple[str, Usage]:
    """The title, or "" when the model gave nothing that could be one; and what it cost. Raises an AnswerError.

    The model is told the question and nothing of the answer: a title stays when its reader loses the right to what
    the answer was made from, so it must not hold a word of that.
    """
    completion = Completion()
    said = await complete_text(
        endpoint,
        [
            {"role": "system", "content": words("title")},
            {"role": "user", "content": f"Question: {' '.join(question[:READ].split())}"},
        ],
        max_tokens=MAX_TOKENS,
        completion=completion,
    )
    usage = endpoint.usage(input_tokens=completion.input_tokens, output_tokens=completion.output_tokens)
    return cleaned(said), usage


def cleaned(said: str) -> str:
    """Without what models put around a title, and without characters that are not seen."""
    lines = [line for line in said.splitlines() if line.strip()]
    if not lines or len(said) > LONGEST_REPLY:
        return ""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in lines[0])
    title = " ".join(shown.split()).lstrip("#*-> ")
    for label in LABELS:
        if title.lower().startswith(label):
            title = title[len(label) :]
    title = title.strip(AROUND)
    if len(title) <= LONGEST:
        return title
    return title[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",.;:") + "…"

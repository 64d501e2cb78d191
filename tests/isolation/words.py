"""The words that only readers may have: each document has its own, so that any text tells what it was made from."""

import logging
import re

from tenants.observe.logs import IdsFilter, SafeFormatter

FACT = re.compile(r"fact\d+x\d+")
TITLE = re.compile(r"Paper \d+")


def facts_of(text: str) -> set[str]:
    return set(FACT.findall(text))


class LogBook(logging.Handler):
    """Every line of every logger, down to the least, as it is written in an installation."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.addFilter(IdsFilter())
        self.setFormatter(SafeFormatter("%(name)s: %(message)s"))
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        line = self.format(record)
        assert not FACT.search(line), f"{record.name} logged a word of a document"
        assert not TITLE.search(line), f"{record.name} logged a title"

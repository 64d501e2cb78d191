"""Every text of the interface is translated into every language, and nothing in a translation breaks."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from deploy import messages

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
COUNTED = {"{count}", "%(number)s", "%(days)s"}  # "one document" need not say 1
EACH = [(language, domain) for language in messages.LANGUAGES for domain in messages.DOMAINS]


@pytest.fixture(scope="module")
def in_source() -> dict[str, set]:
    return {
        domain: {key_of(message) for message in messages.found(domain) if message.id}
        for domain in messages.DOMAINS
    }


def key_of(message: Message) -> tuple:
    return message.context, message.id


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated form with the English one that it stands for."""
    if not isinstance(message.id, tuple):
        yield message.id, message.string
        return
    for form, text in enumerate(message.string):
        yield message.id[0 if form == 0 else 1], text


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_every_text_is_translated(language: str, domain: str, in_source) -> None:
    catalog = messages.read(language, domain)
    translated = {key_of(message) for message in catalog if message.id and messages.is_complete(message)}
    assert in_source[domain] - translated == set(), "run `make messages` and translate what is missing"
    assert not [message.id for message in catalog if message.id and message.fuzzy]


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_a_translation_has_the_places_of_its_text(language: str, domain: str) -> None:
    for message in messages.read(language, domain):
        if not message.id or not messages.is_complete(message):
            continue
        for english, text in pairs(message):
            wanted, given = set(PLACES.findall(english)), set(PLACES.findall(text))
            many = set(PLACES.findall(message.id[1])) if isinstance(message.id, tuple) else set()
            assert given <= wanted | many, (language, text)
            assert wanted - given <= COUNTED, (language, text)


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_the_compiled_catalog_is_the_one_of_the_source(language: str, domain: str) -> None:
    compiled = messages.path_of(language, domain).with_suffix(".mo").read_bytes()
    assert compiled == messages.compiled(messages.read(language, domain)), "run `make messages`"

"""Passages are counted in the tokens of the embedding model, and settings that cannot be are refused at start."""

import pytest
from django.core.checks import run_checks
from tokenizers import Tokenizer

from benchmarks import corpus
from ingestion.chunk import chunk, text_to_embed
from ingestion.packaged import LONGEST, tokenizer_file
from ingestion.parse.reader import read_document
from ingestion.sizes import estimate_tokens, estimated
from ingestion.tokenizer import chunk_sizes, longest_text, token_starts

ENDPOINT = {
    "EMBEDDING_URL": "http://127.0.0.1:9/v1",
    "EMBEDDING_MODEL": "some-model",
    "EMBEDDING_DIMENSION": 16,
}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def problems(settings, **values: object) -> str:
    for name, value in values.items():
        setattr(settings, name, value)
    return " ".join(error.msg for error in run_checks() if error.id == "ingestion.E003")


def test_local_model_reads_every_passage_to_its_end(settings, tokenizer):
    settings.EMBEDDING_URL = ""
    parsed = read_document(corpus.document(3, size=60_000).encode(), name="a.md")
    chunks = chunk(parsed, title="A document of the benchmark", **chunk_sizes())
    assert len(chunks) > 50
    for c in chunks:
        embedded = text_to_embed(c.text, title="A document of the benchmark", heading=c.heading)
        assert len(tokenizer.encode(embedded).ids) <= LONGEST
        assert c.tokens == pytest.approx(len(tokenizer.encode(c.text, add_special_tokens=False).ids), abs=2)


def test_tokens_are_counted_as_the_local_model_counts_them(settings, tokenizer):
    settings.EMBEDDING_URL = ""
    text = corpus.text(5, 9_000) + "Überstunden, déjà-vu: 年次休暇 🙂 " * 40
    whole = len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert len(token_starts()(text)) == whole
    assert estimate_tokens(corpus.text(5, 9_000)) == pytest.approx(
        len(token_starts()(corpus.text(5, 9_000))), rel=0.15
    )


def test_an_endless_word_is_not_one_token_because_the_model_does_not_know_it(settings):
    settings.EMBEDDING_URL = ""
    assert len(token_starts()("x" * 8_000)) > 1_000


def test_an_endpoint_is_counted_by_the_tokenizer_that_is_named(settings):
    for name, value in ENDPOINT.items():
        setattr(settings, name, value)
    assert token_starts() is estimated
    settings.EMBEDDING_TOKENIZER = str(tokenizer_file())
    assert len(token_starts()("(*)")) == 3
    assert token_starts() is not estimated
    settings.EMBEDDING_PASSAGE_PREFIX = "passage: "
    assert longest_text() == settings.EMBEDDING_MAX_TOKENS - 2 - 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ""),
        ({"CHUNK_TOKENS": 400}, "254 tokens"),
        ({"CHUNK_TOKENS": 10}, "at least 32"),
        ({"CHUNK_OVERLAP_TOKENS": 65}, "half of CHUNK_TOKENS"),
        ({"CHUNK_OVERLAP_TOKENS": -1}, "between 0"),
        (ENDPOINT | {"CHUNK_TOKENS": 400}, ""),
        (ENDPOINT | {"CHUNK_TOKENS": 600}, "EMBEDDING_MAX_TOKENS"),
        (ENDPOINT | {"EMBEDDING_TOKENIZER": "/no/such/file"}, "cannot be read"),
    ],
)
def test_sizes_that_cannot_be_are_refused_with_a_sentence(settings, values, words):
    settings.EMBEDDING_URL = ""
    found = problems(settings, **values)
    assert words in found if words else found == ""

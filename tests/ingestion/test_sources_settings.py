"""The operator's settings about sources are looked at when Colloquy starts."""

import pytest

from ingestion.sources.checks import problems


def test_defaults_are_fine() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SOURCES", ["web", "gopher"], "“gopher”, which is no kind"),
        ("SOURCES_ALLOWED_NETWORKS", ["10.0.0.1/8"], "no network"),
        ("SOURCES_ALLOWED_NETWORKS", ["intranet"], "no network"),
        ("SOURCES_CA_FILE", "/missing.pem", "no file"),
        ("WATCHED_FOLDERS", ["/missing/folder"], "no folder"),
        ("WATCHED_FOLDERS", ["docs"], "no absolute path"),
        ("SOURCES_AT_ONCE", 0, "at least 1"),
    ],
)
def test_wrong_setting_is_refused_in_words(name, value, words, settings) -> None:
    setattr(settings, name, value)
    (problem,) = problems()
    assert words in problem


def test_folder_may_be_left_to_one_organisation(settings, tmp_path) -> None:
    settings.WATCHED_FOLDERS = [f"{tmp_path}=Acme"]
    assert problems() == []

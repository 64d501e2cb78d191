"""The dashboard and the alerts ask for figures that there are, and the page on them describes each."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

from assistant.observe import collect

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = json.loads((ROOT / "deploy/grafana/colloquy.json").read_text())
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
PAGE = (ROOT / "docs/observability.md").read_text()
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
SYSTEM = {"up"}  # Prometheus's own


@pytest.fixture
def exported(transactional_db) -> dict[str, set[str]]:
    """Every series that can be asked for, with its labels."""
    families = [*REGISTRY.collect(), *collect._asked.collect()]
    names = {}
    for family in families:
        for suffix in SUFFIXES.get(family.type, ("",)):
            names[family.name + suffix] = labels_of(family)
    return names


def labels_of(family) -> set[str]:
    metric = REGISTRY._names_to_collectors.get(family.name)
    known = set(getattr(metric, "_labelnames", ()))
    return known | {label for sample in family.samples for label in sample.labels} | {"le", "job", "instance"}


def expressions() -> list[str]:
    asked = [t["expr"] for panel in DASHBOARD["panels"] for t in panel.get("targets", ())]
    asked += [v["query"]["query"] for v in DASHBOARD["templating"]["list"] if v["type"] == "query"]
    return asked + [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def series(expression: str) -> list[tuple[str, list[str]]]:
    """(name, labels it is chosen by) of each series in the expression."""
    found = re.findall(r"\b((?:colloquy|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?", expression)
    return [(name, re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", chosen)) for name, chosen in found]


def test_every_figure_that_is_asked_for_is_exported_with_its_labels(exported) -> None:
    asked = [pair for expression in expressions() for pair in series(expression)]
    assert len(asked) > 30
    for name, labels in asked:
        if name not in SYSTEM:
            assert name in exported, name
            assert set(labels) <= exported[name], name


def test_sums_are_by_labels_that_there_are(exported) -> None:
    for expression in expressions():
        every = set().union(*(exported.get(name, set()) for name, _ in series(expression)))
        for group in re.findall(r"\bby \(([^)]*)\)", expression):
            assert set(re.split(r",\s*", group)) <= every, expression


def test_every_figure_of_ours_is_described_and_nothing_else(exported) -> None:
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported if name.startswith("colloquy_")}
    described = set(re.findall(r"^\| `(colloquy_[a-z_]+)`", PAGE, re.MULTILINE))
    assert described == ours


def test_every_alert_says_what_to_do_and_is_described() -> None:
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert f"| {rule['alert']} |" in PAGE


def test_the_dashboard_is_whole() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["x"] + place["w"] <= 24
        assert panel["type"] == "row" or panel["targets"]
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y

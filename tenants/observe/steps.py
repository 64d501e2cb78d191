"""A step of the work at hand, timed as a figure and told as a span: `with observed("answer.search"):`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tenants.observe import metrics, traces


@contextmanager
def observed(name: str, *, yields: bool = False) -> Iterator[None]:
    """`name` is area.step, the area one of `figures.STEPS`.

    `yields` is for the body of a generator: whoever closes it may do so from another context, which must not find
    this step's span in it.
    """
    area, _, step = name.partition(".")
    began = time.perf_counter()
    try:
        with traces.span(name, current=not yields):
            yield
    except Exception:
        metrics.step_failed(area, step)
        raise
    finally:
        metrics.step_took(area, step, time.perf_counter() - began)

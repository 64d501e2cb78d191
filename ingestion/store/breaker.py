"""A circuit breaker (Nygard, "Release It!"): a service that is down is not asked again by everyone who waits.

closed      calls go through; failures in a row are counted
open        after FAILURES of them every call is refused at once, for REST_SECONDS
half open   then one call tries; its outcome closes the breaker or opens it again
"""

import time
from collections.abc import Callable

FAILURES = 3
REST_SECONDS = 5.0


class Breaker:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._tried_at = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= FAILURES

    def admits(self) -> bool:
        """Whether to call now. While it is open only one call each REST_SECONDS is let through, to try."""
        if not self.open:
            return True
        if self._clock() - self._tried_at < REST_SECONDS:
            return False
        self._tried_at = self._clock()
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._tried_at = self._clock()

"""Clocks: what is measured, and what is left out."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


class Watch:
    """A stop watch: the seconds that passed while it was held."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Count what happens within."""
        begun = self._clock()
        try:
            yield
        finally:
            self.seconds += self._clock() - begun

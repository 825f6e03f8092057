"""Aside: an executor of the tests' own, which works here and now, on copies as another process would."""

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Aside(Executor):
    """Does what is submitted at once; tasks and answers travel as bytes, so nothing else can."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        found: Future[Any] = Future()
        work, args, kwargs = pickle.loads(pickle.dumps((task, given, named)))
        self.answers.append(pickle.loads(pickle.dumps(work(*args, **kwargs))))
        found.set_result(self.answers[-1])
        return found

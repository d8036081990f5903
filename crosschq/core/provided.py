"""Functions that an app declares and an app above it provides, so that imports only go down."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Provided(Generic[P, R]):
    """A function that an app above implements. That app's `provided.py` does so with `@asked.provide`.

    Each AppConfig imports its `provided.py`, so every function is available once Django has loaded.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._function: Callable[P, R] | None = None

    def provide(self, function: Callable[P, R]) -> Callable[P, R]:
        self._function = function
        return function

    @property
    def is_provided(self) -> bool:
        return self._function is not None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the provided function. Raises RuntimeError if no app provides it."""
        if self._function is None:
            raise RuntimeError(f"No app provides {self.name}.")
        return self._function(*args, **kwargs)

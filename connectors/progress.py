"""What a long act tells of itself while it runs."""


class TaskProgress:
    """Told to nobody. See background.py for one that a page shows."""

    def step(self, words: str) -> None:
        """The next step begins; words say what is done in it."""

    def count(self, done: int, total: int) -> None:
        """So many of the step's things are done."""

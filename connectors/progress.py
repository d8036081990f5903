"""Progress reports from long tasks."""


class TaskProgress:
    """Ignores progress. StoredProgress in background_tasks stores it for a page."""

    def step(self, words: str) -> None:
        """Start the next step, described by `words`."""

    def count(self, done: int, total: int) -> None:
        """Report how much of the current step is done."""

"""Loaded once by the server from which a benchmark forks its workers, so that a fork costs no start of Django."""

from bench import stage

stage.ready()

from prospects.export import worker  # noqa: E402, F401 - Django has to be ready

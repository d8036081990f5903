"""Loaded once by the server from which a benchmark forks its workers, so that a fork doesn't have to start Django."""

from bench import stage

stage.ready()

from prospects.export import worker  # noqa: E402, F401 - Django has to be ready

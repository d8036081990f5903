"""Functions that the privacy desk provides to the apps below."""

from crosschq.privacy.erase import candidate_deleted, replay
from crosschq.privacy.offboarding import request

__all__ = ["candidate_deleted", "replay", "request"]

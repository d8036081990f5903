"""Functions that the apps below ask of the privacy desk."""

from crosschq.privacy.erase import candidate_deleted, replay

__all__ = ["candidate_deleted", "replay"]

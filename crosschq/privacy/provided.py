"""Functions that the apps below ask of the privacy desk."""

from crosschq.privacy.erase import replay

__all__ = ["replay"]

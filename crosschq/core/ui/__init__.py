"""The components of the pages as template tags. They are builtins: no page loads them.

The page /styleguide/ (DEBUG only) shows each in its states. Markup lies in templates/includes/, style in static/css/.
"""

from . import acts, forms, htmx, icons, report, show, times
from .library import register

__all__ = ["acts", "forms", "htmx", "icons", "register", "report", "show", "times"]

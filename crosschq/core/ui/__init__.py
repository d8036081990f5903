"""The components of the pages as template tags. They are builtins: no page loads them.

The page /styleguide/ (DEBUG only) shows each in its states. Markup lies in templates/includes/, style in static/css/.
"""

from crosschq.core.ui import actions, display, fields, htmx, icons, report, times
from crosschq.core.ui.library import register

__all__ = ["actions", "display", "fields", "htmx", "icons", "register", "report", "times"]

"""UI components as template tags. They are builtins, so templates don't load them.

/styleguide/ (DEBUG only) shows each component in all its states. Markup is in templates/includes/, styles in
static/css/.
"""

from crosschq.core.ui import actions, direction, display, fields, htmx, icons, links, report, times
from crosschq.core.ui.library import register

__all__ = ["actions", "direction", "display", "fields", "htmx", "icons", "links", "register", "report", "times"]

from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString

from crosschq.core.text.direction import RUN
from crosschq.core.ui.library import register


@register.filter
def bdi(text: object) -> SafeString:
    """A name, or a sentence with names in it, in which right-to-left words don't move what is next to them.

    HTML stays as it is.
    """
    if isinstance(text, SafeString):
        return conditional_escape(text)
    written, end, marked = str(text), 0, escape("")
    for run in RUN.finditer(written):
        marked += escape(written[end : run.start()]) + format_html("<bdi>{}</bdi>", run.group())
        end = run.end()
    return marked + escape(written[end:])

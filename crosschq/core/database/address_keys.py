"""Compare email addresses in the database as text/email_keys.py does, except for the spelling of their domains."""

from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Lower

_REPLACED = (
    (r"(.)\+[^@]*@", r"\1@"),
    (r"\.(?=[^@]*@(gmail|googlemail)\.com$)", ""),
    (r"@googlemail\.com$", "@gmail.com"),
)


def address_key_of(column: str) -> Func:
    """The key of an address in this column: without case, a "+tag", and Gmail's dots."""
    text: Func = Lower(F(column))
    for pattern, by in _REPLACED:
        arguments = [text, Value(pattern), Value(by), Value("g")]
        text = Func(*arguments, function="regexp_replace", output_field=CharField())
    return text

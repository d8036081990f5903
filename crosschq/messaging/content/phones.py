"""Phone numbers: what people type becomes E.164, and only mobile numbers of allowed countries get texts."""

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# North America does not tell mobile numbers from others by their digits. All that cost more are of other types.
TEXTABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
LINE_DIGITS = 4  # the last digits of a number; those before are its prefix


class NumberRefused(Exception):
    """This number gets no texts. The sentence is shown to whoever typed it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def textable(typed: str, *, country: str | None = None) -> str:
    """The number in E.164 (ITU-T), for example +491701234567. Raises NumberRefused.

    country: ISO 3166, for numbers that are typed without one.
    """
    try:
        number = phonenumbers.parse(typed, country)
    except NumberParseException as error:
        raise NumberRefused(_("Type the number with its country, for example +1 202 555 0143.")) from error
    if not phonenumbers.is_valid_number(number):
        raise NumberRefused(_("No phone has this number. Check its digits."))
    if phonenumbers.region_code_for_number(number) not in settings.TEXT_MESSAGES["countries"]:
        raise NumberRefused(
            _("We cannot send text messages to this country. Leave the number out, and e-mail goes on.")
        )
    if phonenumbers.number_type(number) not in TEXTABLE:
        raise NumberRefused(_("Type the number of a mobile phone."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def textable_or_none(typed: str) -> str:
    """The same for a number that nobody can correct now; empty where it gets no texts."""
    try:
        return textable(typed)
    except NumberRefused:
        return ""


def prefix(number: str) -> str:
    """What neighbors share: whoever pumps texts for money uses numbers in a row."""
    return number[:-LINE_DIGITS]

"""Phone numbers in E.164 form. Only mobile numbers in allowed countries get text messages."""

import re

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from crosschq.core.text.characters import trim

# In North America the digits don't show which numbers are mobile. Premium-rate numbers have other types.
TEXTABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
LINE_DIGITS = 4  # the last digits of a number; the digits before them are its prefix


class NumberRefused(Exception):
    """This number can't get text messages. The sentence is for the person who typed it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def textable(typed: str, *, country: str | None = None) -> str:
    """Convert to E.164 (ITU-T), for example +491701234567. Raises NumberRefused.

    country: ISO 3166 code, for numbers typed without a country code: see `quiet_hours.country_of`.
    """
    try:
        number = _parsed(typed, country)
    except NumberParseException as error:
        raise NumberRefused(_("Include the country code, for example +1 202 555 0143.")) from error
    if not phonenumbers.is_valid_number(number):
        raise NumberRefused(_("This phone number doesn't exist. Check the digits."))
    if phonenumbers.region_code_for_number(number) not in settings.TEXT_MESSAGES["countries"]:
        raise NumberRefused(
            _("We can't send text messages to this country. Leave the number out, and we'll use email only.")
        )
    if phonenumbers.number_type(number) not in TEXTABLE:
        raise NumberRefused(_("Enter a mobile phone number."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def textable_or_none(typed: str, *, country: str | None = None) -> str:
    """Like `textable`, for a number that no one can correct now; empty if it can't get text messages."""
    try:
        return textable(typed, country=country)
    except NumberRefused:
        return ""


def international(typed: str, *, country: str | None = None) -> str:
    """The number with its country and in groups, for example +49 30 1234567; empty if it isn't a whole phone number."""
    try:
        number = _parsed(typed, country)
    except NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_possible_number(number):
        return ""
    grouped = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return re.sub(r"[^+0-9]+", " ", grouped).strip()


def _parsed(typed: str, country: str | None) -> phonenumbers.PhoneNumber:
    # 00 is how most countries dial abroad. No national number starts with it.
    return phonenumbers.parse(re.sub(r"^[\s(]*00", "+", trim(typed)), country)


def prefix(number: str) -> str:
    """The part that adjacent numbers share. Toll fraud uses adjacent numbers."""
    return number[:-LINE_DIGITS]

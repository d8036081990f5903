"""Phone numbers in E.164 form. Only mobile numbers in allowed countries get text messages."""

import re
import unicodedata

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from crosschq.core.text.characters import trim

# In North America the digits don't show which numbers are mobile. Premium-rate numbers have other types.
TEXTABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Digits, and the characters that people group them with.
SHAPE = re.compile(r"[(\s]*\+?[\s(]*[0-9][0-9\s()./\u2010-\u2015\u2212-]*")
BETWEEN = re.compile(r"[,;|/]|(?<!^)(?=\+)")
FEWEST_DIGITS = 8  # of a number next to another one
# E.164 allows up to 15 digits; the shortest national numbers have six.
DIGITS = range(6, 16)
ONLY_DIGITS = gettext_lazy("Enter only digits, for example, +1 202 555 0143.")
NO_NUMBER = gettext_lazy("This phone number doesn't exist. Check the digits.")
LINE_DIGITS = 4  # the last digits of a number; the digits before them are its prefix


class NumberRefused(Exception):
    """This number can't get text messages. The sentence is for the person who typed it."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)


def textable(typed: str, *, country: str | None = None) -> str:
    """Convert to E.164 (ITU-T), for example +491701234567. Raises NumberRefused.

    country: ISO 3166 code, for numbers typed without a country code: see `quiet_hours.country_of`.
    """
    text = _with_ascii_digits(typed)
    if len([part for part in BETWEEN.split(text) if sum(map(str.isdigit, part)) >= FEWEST_DIGITS]) > 1:
        raise NumberRefused(_("Enter one number only."))
    try:
        number = _parsed(text, country)
    except NumberParseException as error:
        if not SHAPE.fullmatch(text):
            raise NumberRefused(ONLY_DIGITS) from error
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise NumberRefused(_("Include the country code, for example, +1 202 555 0143.")) from error
        raise NumberRefused(NO_NUMBER) from error
    if number.extension:
        raise NumberRefused(_("Enter a mobile number without an extension."))
    if not SHAPE.fullmatch(text):
        raise NumberRefused(ONLY_DIGITS)
    if not phonenumbers.is_valid_number(number):
        raise NumberRefused(NO_NUMBER)
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


def is_number(typed: str) -> bool:
    """Whether someone can call this number. Without a country code we can't tell whether it exists."""
    text = _abroad(_with_ascii_digits(typed))
    if not SHAPE.fullmatch(text) or sum(map(str.isdigit, text)) not in DIGITS:
        return False
    try:
        return not text.lstrip("( ").startswith("+") or phonenumbers.is_possible_number(_parsed(text, None))
    except NumberParseException:
        return False


def country_code(country: str | None) -> str:
    """The code with which numbers of this country (ISO 3166) start, for example +49; empty without a country."""
    code = phonenumbers.country_code_for_region(country) if country else 0
    return f"+{code}" if code else ""


def _parsed(typed: str, country: str | None) -> phonenumbers.PhoneNumber:
    return phonenumbers.parse(_abroad(_with_ascii_digits(typed)), country)


def _abroad(text: str) -> str:
    # Most countries dial 00 for calls abroad. No national number starts with it.
    return re.sub(r"^[\s(]*00", "+", text)


def _with_ascii_digits(typed: str) -> str:
    """The text with the digits and the plus sign of every script as ASCII."""
    text = unicodedata.normalize("NFKC", trim(typed))
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def prefix(number: str) -> str:
    """The part that adjacent numbers share. Toll fraud uses adjacent numbers."""
    return number[:-LINE_DIGITS]

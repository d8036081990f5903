"""CSV files (RFC 4180) for spreadsheets, line by line, with cells that no spreadsheet calculates."""

import csv
import re
from collections.abc import Callable, Iterable

from django.utils.formats import get_format
from django.utils.translation.trans_real import parse_accept_lang_header

BYTE_ORDER_MARK = "\ufeff"  # makes Excel read UTF-8
# Spreadsheets treat such cells as formulas (CWE-1236), in East Asia even with full-width characters.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A spreadsheet that expects the other separator starts a new cell at each one, even inside quotes.
OTHER_SEPARATOR = {
    ",": re.compile(r"(;\s*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])"),
    ";": re.compile(r"([,;]\s*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])"),
}
# What `messaging.content.phones.international` writes: a spreadsheet can't calculate it.
PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{0,2}(?: [0-9]+)+")


class _EchoBuffer:
    """A file-like object for csv.writer that returns each line."""

    def write(self, line: str) -> str:
        return line


def line_writer(separator: str) -> Callable[[Iterable[str]], str]:
    """A function that turns the cells of a line into its text, with its line break."""
    writer = csv.writer(_EchoBuffer(), delimiter=separator)

    def line(cells: Iterable[str]) -> str:
        return str(writer.writerow([safe_cell(cell, separator) for cell in cells]))

    return line


def separator_for(accept_language: str) -> str:
    """The separator that a spreadsheet expects: a semicolon where the browser's language has a decimal comma."""
    language = next((code for code, _weight in parse_accept_lang_header(accept_language)), "en")
    return ";" if get_format("DECIMAL_SEPARATOR", lang=language, use_l10n=True) == "," else ","


def safe_cell(text: str, separator: str = ",") -> str:
    """The text, prefixed with an apostrophe if a spreadsheet would calculate it or drop its leading zeros."""
    if PHONE_NUMBER.fullmatch(text):
        return text
    text = OTHER_SEPARATOR[separator].sub(r"\1'", text)
    is_formula = text.lstrip().startswith(FORMULA) or text.startswith(FORMULA)
    return f"'{text}" if is_formula or (text.startswith("0") and text.isdecimal() and len(text) > 1) else text

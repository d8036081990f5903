"""A person's name is removed however others typed it, and everyday words stay."""

import pytest

from crosschq.core.text.redaction import is_whole_name, redact, short_forms


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        pytest.param("Priya Nair", "priya\n  NAIR", id="across lines"),
        pytest.param("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez", id="accents apart"),
        pytest.param("Ann O'Hara-Lee", "Ann O\u2019Hara\u2010Lee", id="curly"),
        pytest.param("王 小明", "王小明", id="no spaces"),
        pytest.param("priya@ledgerly.example", "Priya@Ledgerly.example", id="address"),
        pytest.param("May", "MAY", id="one word"),
    ],
)
def test_a_name_is_found_however_it_is_typed(name: str, typed: str) -> None:
    assert redact(f"({typed})", [name], by="someone") == "(someone)"


def test_a_name_is_found_between_letters_of_a_script_without_spaces() -> None:
    assert redact("我和王小明一起工作", ["王小明"], by="…") == "我和…一起工作"


def test_everyday_words_and_longer_words_stay() -> None:
    said = "She may stay. Mayor Nairobi."
    assert redact(said, ["May", "Nair"], by="someone") == said


def test_one_word_is_not_a_whole_name_unless_its_script_has_no_spaces() -> None:
    assert [name for name in ("Priya", "王", "Priya Nair", "王小明") if is_whole_name(name)] == ["Priya Nair", "王小明"]


@pytest.mark.parametrize(
    ("name", "said", "left"),
    [
        pytest.param("Maya Fischer", "Maya was great, MAYA, and Maya's", "… was great, …, and …'s", id="capitalized"),
        pytest.param("Maya Fischer", "a maya temple, Mayan, Anna-Maya", "a maya temple, Mayan, Anna-Maya", id="words"),
        pytest.param("Morgan Lee", "Morgan moved to Morgan Stanley", "… moved to Morgan Stanley", id="another name"),
        pytest.param("Will Smith", "Will she? “Will” can. Ask Will.", "Will she? “Will” can. Ask ….", id="Will"),
        pytest.param("May Lin", "In May, and May too", "In May, and May too", id="month"),
        pytest.param("Dr. Jean-Paul Sartre", "Jean-Paul and Jean", "… and Jean", id="two parts"),
        pytest.param("Maya Fischer", "Ms. Fischer (Frau Fischer) at Fischer AG", "… (…) at Fischer AG", id="title"),
        pytest.param("Anna Rose", "Bo, Rose and Anna", "Bo, Rose and …", id="someone else's too"),
        pytest.param("J. Smith", "J is a letter. J. Smith knows", "J is a letter. … knows", id="initial"),
        pytest.param("李 小龙", "小龙很好", "小龙很好", id="no spaces"),
    ],
)
def test_short_forms_of_a_name_go_where_they_can_mean_no_one_else(name: str, said: str, left: str) -> None:
    forms = short_forms(name, others=["Rose Kelly", "Bo Chen"])
    assert redact(said, [name], by="…", forms=forms) == left


def test_a_text_of_nothing_but_lines_and_names_takes_no_longer_than_its_length() -> None:
    forms = short_forms("Will Smith", others=[])
    said = ("\n" * 20_000 + "Will ") * 20
    assert redact(said, ["Will Smith", "+12025550143"], by="…", forms=forms) == said
    assert redact("- Will\n* Ask Will", ["Will Smith"], by="…", forms=forms) == "- Will\n* Ask …"

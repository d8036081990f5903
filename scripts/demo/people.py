"""The people of the demo and their answers. Names and addresses are made up, in reserved domains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Views:
    """Answers to the built-in survey. ``ratings`` are indexes of choices from 0; None means "I did not see this".

    The last one answers a question with yes (0) or no (1).
    """

    ratings: tuple[int | None, ...]
    texts: tuple[str, ...]
    """Answers to the open questions, in order."""


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """A reference of the candidate."""

    name: str
    email: str
    company: str
    years: str
    relationship: str
    """Empty if the template sets it."""
    views: Views

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A candidate in the sandbox's seed data, with the job that they applied for."""

    name: str
    email: str
    job: str
    own_views: Views
    colleagues: tuple[Colleague, ...]


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """A candidate who is moved but gets no email."""

    name: str
    job: str


OWNER_EMAIL = "dana.ruiz@acme.example"
"""The recruiter on the job's hiring team, who has no account in the product."""

TEMPLATE = "Engineering"
TAG = "eng"
STEP = "Interview, Crosschq"

MAYA = Candidate(
    name="Maya Osei",
    email="maya.osei@example.com",
    job="Backend Engineer",
    own_views=Views(
        ratings=(3, 4, 3, 4, 3, 4, 0),
        texts=(
            "I turn vague tickets into small steps. At Northwind that cut a release from two weeks to two days.",
            "A team that reviews early, and one person to ask in the first month.",
        ),
    ),
    colleagues=(
        Colleague(
            name="Ingrid Solberg",
            email="ingrid.solberg@northwind.example",
            company="Northwind Logistics",
            years="2021 to 2024",
            relationship="",
            views=Views(
                ratings=(4, 4, 3, 3, None, 4, 0),
                texts=(
                    "Maya rewrote our invoice import while the old one ran. Nobody noticed the day of the switch.",
                    "Room to finish. She is at her best when priorities hold for a week at a time.",
                ),
            ),
        ),
        Colleague(
            name="Tariq Aziz",
            email="tariq.aziz@harbor.example",
            company="Harbor Analytics",
            years="2018 to 2021",
            relationship="We were coworkers or peers",
            views=Views(
                ratings=(3, 4, 2, 4, 3, 3, 0),
                texts=(
                    "She reads other people's code with care and says plainly what she would change, and why.",
                    "Someone who asks for her view in meetings; she tends to speak up late.",
                ),
            ),
        ),
    ),
)
JONAS = Applicant(name="Jonas Lind", job="Sales Lead")

"""A new company with users and a hiring process, but nothing set up for Crosschq."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.model import HiringProcess, Reason, Source, SourceType, Step, User, World
from sandbox.seed import seeded_hex, seeded_uuid
from sandbox.sources import API, MANUAL_UPLOAD, REFERRALS

IDENTIFIER, NAME = "ledgerly", "Ledgerly"

# key, first name, last name, address, system role
_USERS = (
    ("integration", "Iris", "Integration", "integration@ledgerly.example", "ADMINISTRATOR"),
    ("recruiter", "Robin", "Hale", "robin.hale@ledgerly.example", "EXTENDED"),
)
_STEPS = (Step("IN_REVIEW", "Screening"), Step("INTERVIEW", "Phone interview"), Step("OFFERED", "Offer sent"))


def build_second_world(seed: int, now: datetime) -> World:
    """Its ids derive from ``seed``, like those of the first company."""
    world = World(company_identifier=IDENTIFIER, company_name=NAME)
    past = now - timedelta(days=1)
    for key, first, last, address, role in _USERS:
        user = User(_hex(seed, key), first, last, address, role, past)
        world.users[user.id] = user
    process = HiringProcess(_uuid(seed, "standard"), "Standard", list(_STEPS))
    world.processes[process.id] = process
    world.reasons[_hex(seed, "skills")] = Reason(_hex(seed, "skills"), "Lacks the skills we need", "REJECTED")
    world.source_types["OTHER"] = SourceType("OTHER", "Other", ("SYSTEM",))
    world.source_types[REFERRALS] = SourceType(REFERRALS, "Referrals", ("EMPLOYEES",))
    for key, label in (("api", API), ("manual", MANUAL_UPLOAD)):
        source = Source(_uuid(seed, key), _hex(seed, key), "OTHER", "SYSTEM", label)
        world.sources[source.identifier] = source
    return world


def _uuid(seed: int, key: str) -> str:
    return seeded_uuid(seed, f"{IDENTIFIER}/{key}")


def _hex(seed: int, key: str) -> str:
    return seeded_hex(seed, f"{IDENTIFIER}/{key}")

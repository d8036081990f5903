"""The company that the sandbox starts with. Names are invented; addresses and numbers are from reserved ranges."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sandbox.model import (
    Application,
    Candidate,
    Change,
    HiringProcess,
    Job,
    JobProperty,
    PropertyValue,
    Reason,
    Source,
    SourceType,
    Step,
    TeamMember,
    User,
    World,
)
from sandbox.sources import API, MANUAL_UPLOAD, REFERRALS, standard

STEP_NAME = "Crosschq"
TAG_LABEL = "Crosschq tag"
_NAMESPACE = uuid.UUID("7c0d3f2a-5b1e-4f0a-9d53-4a9b2f1f6c11")

# key, first name, last name, address, system role, active
_USERS = (
    ("integration", "Ada", "Integration", "integration@acme.example", "ADMINISTRATOR", True),
    ("recruiter", "Dana", "Ruiz", "dana.ruiz@acme.example", "EXTENDED", True),
    ("manager", "Priya", "Nair", "priya.nair@acme.example", "STANDARD", True),
    ("coordinator", "Tom", "Becker", "tom.becker@acme.example", "STANDARD", True),
    ("left", "Olga", "Petrova", "olga.petrova@acme.example", "EXTENDED", False),
    ("bad_email", "Erik", "Holm", "erik.holm(at)acme", "EXTENDED", True),
)

_SCREENING = Step("IN_REVIEW", "Screening")
_PHONE = Step("INTERVIEW", "Phone interview")
_ONSITE = Step("INTERVIEW", "On-site interview")
_CROSSCHQ = Step("INTERVIEW", STEP_NAME)
_OFFER = Step("OFFERED", "Offer sent")
_APPROVED = Step("IN_REVIEW", "Profile approved", required=True)

_PROCESSES = (
    ("standard", "Standard", [_SCREENING, _PHONE, _CROSSCHQ, _ONSITE, _OFFER]),
    ("executive", "Executive", [_SCREENING, _APPROVED, _PHONE, Step("OFFERED", STEP_NAME), _OFFER]),
    ("interns", "Interns", [_SCREENING, _PHONE, _OFFER]),
)

# key, title, department, city, process, tag (None: the field is empty), team
_JOBS = (
    (
        "engineer",
        "Backend Engineer",
        "Engineering",
        "Berlin",
        "standard",
        "eng",
        (("manager", "HIRING_MANAGER"), ("recruiter", "RECRUITER"), ("coordinator", "COORDINATOR")),
    ),
    (
        "sales",
        "Sales Lead",
        "Sales",
        "Hamburg",
        "standard",
        None,
        (("recruiter", "RECRUITER"), ("manager", "HIRING_MANAGER")),
    ),
    ("analyst", "Data Analyst", "Engineering", "Berlin", "standard", "data-eu", (("recruiter", "RECRUITER"),)),
    (
        "reliability",
        "Site Reliability Engineer",
        "Engineering",
        "Munich",
        "standard",
        " ENG ",
        (("left", "RECRUITER"), ("coordinator", "COORDINATOR")),
    ),
    ("intern", "Marketing Intern", "Marketing", "Berlin", "interns", "eng", (("bad_email", "RECRUITER"),)),
    ("director", "Finance Director", "Finance", "Hamburg", "executive", "leadership", (("manager", "HIRING_MANAGER"),)),
)

# key, first name, last name, address, phone, applications: (job, status, step)
_CANDIDATES = (
    (
        "maya",
        "Maya",
        "Osei",
        "maya.osei@example.com",
        "+1 202 555 0143",
        (("engineer", "INTERVIEW", "Phone interview"),),
    ),
    (
        "lind",
        "Jonas",
        "Lind",
        "jonas.lind@example.com",
        "+1 202 555 0117",
        (("sales", "INTERVIEW", "Phone interview"),),
    ),
    ("no_email", "Tomasz", "Nowak", None, "+1 202 555 0172", (("engineer", "NEW", None),)),
    (
        "twice",
        "Inês",
        "Duarte",
        "ines.duarte@example.org",
        None,
        (("analyst", "IN_REVIEW", "Screening"), ("engineer", "NEW", None)),
    ),
    ("wei", "Li", "Wei", "li.wei@example.net", None, (("reliability", "INTERVIEW", "Phone interview"),)),
    ("sam", "Sam", "Keller", "sam.keller@example.com", None, (("intern", "NEW", None),)),
    ("noor", "Noor", "Haddad", "noor.haddad@example.com", "+1 202 555 0198", (("director", "NEW", None),)),
    ("pool", "Ravi", "Menon", "ravi.menon@example.com", None, ()),
)

_REASONS = (
    ("skills", "Lacks the skills we need", "REJECTED"),
    ("filled", "Position was filled", "REJECTED"),
    ("other_offer", "Took another offer", "WITHDRAWN"),
)


# id, label, subtypes
_SOURCE_TYPES = (
    ("OTHER", "Other", ("SYSTEM",)),
    (REFERRALS, "Referrals", ("EMPLOYEES",)),
    ("PAID", "Paid", ("JOB_BOARD",)),
    ("CUSTOM_SOURCES", "Custom sources", ("REFERENCE_CHECKS", "EVENTS")),
)

# key (of the value's id, which two subtypes share for "fair"), type, subtype, label
_SOURCES = (
    ("api", "OTHER", "SYSTEM", API),
    ("manual", "OTHER", "SYSTEM", MANUAL_UPLOAD),
    ("board", "PAID", "JOB_BOARD", "Example Jobs"),
    ("crosschq", "CUSTOM_SOURCES", "REFERENCE_CHECKS", "Crosschq"),
    ("fair", "CUSTOM_SOURCES", "REFERENCE_CHECKS", "Talent fair"),
    ("fair", "CUSTOM_SOURCES", "EVENTS", "Talent fair"),
)


def seeded_uuid(seed: int, name: str) -> str:
    """The id of a seeded job, candidate, application, process or job field."""
    return str(uuid.uuid5(_NAMESPACE, f"{seed}/{name}"))


def seeded_hex(seed: int, name: str) -> str:
    """The id of a seeded user or value: 24 hex digits, as the vendor's are."""
    return uuid.uuid5(_NAMESPACE, f"{seed}/{name}").hex[:24]


def build_world(seed: int, now: datetime) -> World:
    """The company "Acme GmbH", with ids derived from ``seed`` and all events in the weeks before ``now``."""
    world = World(company_identifier="acme-gmbh", company_name="Acme GmbH")
    past = now - timedelta(days=30)
    for key, first, last, address, role, active in _USERS:
        user = User(seeded_hex(seed, key), first, last, address, role, past, active)
        world.users[user.id] = user
    for key, name, steps in _PROCESSES:
        process = HiringProcess(seeded_uuid(seed, key), name, list(steps))
        world.processes[process.id] = process
    for key, label, status in _REASONS:
        reason = Reason(seeded_hex(seed, key), label, status)
        world.reasons[reason.id] = reason
    _add_sources(world, seed)
    _add_job_fields(world, seed)
    _add_jobs(world, seed, past)
    _add_candidates(world, seed, past)
    return world


def tag_property(world: World) -> JobProperty | None:
    """The job field that carries the tag, found by its label."""
    return next((p for p in world.job_properties.values() if p.label == TAG_LABEL), None)


def _add_sources(world: World, seed: int) -> None:
    for type_id, label, subtypes in _SOURCE_TYPES:
        world.source_types[type_id] = SourceType(type_id, label, subtypes)
    found = [
        Source(seeded_uuid(seed, f"{key}/{subtype_id}"), seeded_hex(seed, key), type_id, subtype_id, label)
        for key, type_id, subtype_id, label in _SOURCES
    ]
    found += [
        Source(seeded_uuid(seed, f"{user.id}/referral"), user.id, REFERRALS, "EMPLOYEES", user.name)
        for user in world.users.values()
        if user.active
    ]
    world.sources = {source.identifier: source for source in found}


def _add_job_fields(world: World, seed: int) -> None:
    levels = [PropertyValue(seeded_hex(seed, f"budget-{n}"), f"Level {n}") for n in (1, 2, 3)]
    for key, prop in (
        ("tag", JobProperty("", TAG_LABEL)),
        ("budget", JobProperty("", "Budget level", visible=True, values=levels)),
        ("cost", JobProperty("", "Cost center", active=False)),
    ):
        prop.id = seeded_hex(seed, key)
        world.job_properties[prop.id] = prop


def _add_jobs(world: World, seed: int, past: datetime) -> None:
    tag_id, budget_id = seeded_hex(seed, "tag"), seeded_hex(seed, "budget")
    for number, (key, title, department, city, process, tag, team) in enumerate(_JOBS, start=1):
        job = Job(
            id=seeded_uuid(seed, key),
            title=title,
            ref_number=f"REF{number:03d}",
            process_id=seeded_uuid(seed, process),
            creator_id=seeded_hex(seed, "integration"),
            department=department,
            city=city,
            country="Germany",
            country_code="de",
            created_on=past + timedelta(hours=number),
            updated_on=past + timedelta(hours=number),
            team=[TeamMember(seeded_hex(seed, user), role) for user, role in team],
            properties={budget_id: seeded_hex(seed, "budget-2")},
        )
        if tag is not None:
            job.properties[tag_id] = tag
        world.jobs[job.id] = job


def _add_candidates(world: World, seed: int, past: datetime) -> None:
    recruiter = seeded_hex(seed, "recruiter")
    for number, (key, first, last, address, phone, applications) in enumerate(_CANDIDATES, start=1):
        applied = past + timedelta(days=number)
        candidate = Candidate(seeded_uuid(seed, key), first, last, address, phone, applied, applied)
        world.candidates[candidate.id] = candidate
        for job, status, step in applications:
            history = [Change(applied, "NEW", None, recruiter)]
            if status != "NEW":
                history.append(Change(applied + timedelta(days=1), status, step, recruiter))
            application = Application(
                id=seeded_uuid(seed, f"{key}@{job}"),
                candidate_id=candidate.id,
                job_id=seeded_uuid(seed, job),
                status=status,
                sub_status=step,
                source=standard(world, MANUAL_UPLOAD),
                history=history,
            )
            world.add_application(application)
        if not applications:
            candidate.pool_source = standard(world, MANUAL_UPLOAD)

"""The values of job fields: text or a selected value, and what happens when a field changes."""

from __future__ import annotations

from sandbox.errors import ApiError, bad_request
from sandbox.model import Job, JobProperty, PropertyValue, World
from sandbox.runtime import Sandbox
from sandbox.seed import tag_property
from sandbox.state import new_hex, new_id

MAX_TEXT = 256
MAX_LABEL = 100
MAX_VALUES = 6000


def shown_value(job: Job, field: JobProperty) -> str:
    """The displayed text of a job's field; empty if not set."""
    stored = job.properties.get(field.id, "")
    if field.values is None:
        return stored
    return next((value.label for value in field.values if value.id == stored), "")


def set_tag(sandbox: Sandbox, job: Job, tag: str) -> str | None:
    """Set or clear the job field "Crosschq tag". Raises ApiError 400."""
    field = tag_property(sandbox.state.world)
    if field is None:
        raise bad_request("There is no such job field.")
    return set_value(sandbox, job, field, tag)


def set_value(sandbox: Sandbox, job: Job, field: JobProperty, text: str) -> str | None:
    """Set a job's field to a text, or to the value with that label; "" clears it. Fires ``job.updated``.

    Returns the event's id, None if nothing changed. Raises ApiError 400.
    """
    stored = stored_value(field, text)
    if job.properties.get(field.id, "") == stored:
        return None
    sandbox.keep_past(job)
    if stored:
        job.properties[field.id] = stored
    else:
        del job.properties[field.id]
    job.updated_on = sandbox.state.clock.now()
    return sandbox.tell_job("job.updated", job.id)


def stored_value(field: JobProperty, text: str) -> str:
    """The stored form of a text: itself, or the id of the value with that label. Raises ApiError 400."""
    if len(text) > MAX_TEXT:
        raise bad_request(f"The text is longer than {MAX_TEXT} characters.")
    if not text or field.values is None:
        return text
    found = next((value for value in field.values if value.label == text and not value.archived), None)
    if found is None:
        raise bad_request(f"{field.label} has no value with this label.")
    return found.id


def find(world: World, label: str) -> JobProperty:
    """A job field by its label. Raises ApiError 404."""
    found = next((field for field in world.job_properties.values() if field.label == label), None)
    if found is None:
        raise ApiError(404, "JOB_PROPERTY_NOT_FOUND", "There is no such job field.")
    return found


def make(world: World, label: str) -> JobProperty:
    """Add an active, internal free-text field. Raises ApiError 400."""
    _check_label(world, label)
    field = JobProperty(new_id(), label)
    world.job_properties[field.id] = field
    return field


def rename(world: World, field: JobProperty, label: str) -> None:
    if label != field.label:
        _check_label(world, label)
        field.label = label


def remove(world: World, field: JobProperty) -> None:
    """Delete a field, and its value on every job."""
    del world.job_properties[field.id]
    for job in world.jobs.values():
        job.properties.pop(field.id, None)


def make_list(world: World, field: JobProperty, labels: list[str]) -> None:
    """Turn a field into a list of values. Jobs keep a value with a matching label and lose any other."""
    if not labels or len(labels) > MAX_VALUES or len(set(labels)) != len(labels) or not all(labels):
        raise bad_request(f"A list needs 1 to {MAX_VALUES} different values.")
    shown = {job.id: shown_value(job, field) for job in world.jobs.values()}
    field.values = [PropertyValue(new_hex(), label) for label in labels]
    ids = {value.label: value.id for value in field.values}
    for job in world.jobs.values():
        job.properties.pop(field.id, None)
        if shown[job.id] in ids:
            job.properties[field.id] = ids[shown[job.id]]


def make_text(world: World, field: JobProperty) -> None:
    """Turn a field into free text; jobs keep the displayed label."""
    for job in world.jobs.values():
        text = shown_value(job, field)
        job.properties.pop(field.id, None)
        if text:
            job.properties[field.id] = text
    field.values = None


def _check_label(world: World, label: str) -> None:
    if not 1 <= len(label) <= MAX_LABEL or any(field.label == label for field in world.job_properties.values()):
        raise bad_request(f"The name of a job field has 1 to {MAX_LABEL} characters and is used once.")

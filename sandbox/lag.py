"""Stale reads: the company as it was some seconds ago, for the switch ``read_lag``.

Candidates, applications, jobs, and hiring teams lag, and a deleted or merged profile can still be read. New objects
lag too if ``new_objects`` says so; otherwise a new candidate can be read immediately.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sandbox.model import Application, Candidate, Job, World

T = TypeVar("T", Job, Candidate)
MOST_VERSIONS = 20


@dataclass
class Past:
    """Earlier versions of jobs and candidates, each with the time it was replaced."""

    versions: dict[str, list[tuple[datetime, Job | Candidate]]] = field(default_factory=dict)
    gone: list[tuple[datetime, Candidate]] = field(default_factory=list)  # deleted or merged profiles

    def keep(self, current: Job | Candidate, *, until: datetime) -> None:
        """Call before a change."""
        kept = self.versions.setdefault(current.id, [])
        kept.append((until, copy.deepcopy(current)))
        del kept[:-MOST_VERSIONS]

    def keep_gone(self, candidate: Candidate, *, since: datetime) -> None:
        """Call when a profile is deleted or merged into another."""
        self.gone.append((since, candidate))
        del self.gone[:-MOST_VERSIONS]

    def still_there(self, moment: datetime) -> dict[str, Candidate]:
        """The profiles that weren't gone yet at this time."""
        return {candidate.id: candidate for since, candidate in self.gone if since > moment}

    def at(self, moment: datetime, current: T) -> T:
        """The version that was current at this time."""
        for until, version in self.versions.get(current.id, ()):
            if until > moment and isinstance(version, type(current)):
                return version
        return current


def world_at(world: World, past: Past, *, now: datetime, lag_seconds: int, hide_new: bool) -> World:
    """The company as reads show it, without newer objects if those lag too. Read-only."""
    moment = now - timedelta(seconds=lag_seconds)
    seen = replace(
        world,
        jobs={job_id: past.at(moment, job) for job_id, job in world.jobs.items()},
        candidates={
            **past.still_there(moment),
            **{who: past.at(moment, candidate) for who, candidate in world.candidates.items()},
        },
        applications={},
        _by_candidate={},
        _by_job={},
    )
    if hide_new:
        seen.jobs = {job_id: job for job_id, job in seen.jobs.items() if job.created_on <= moment}
        seen.candidates = {who: one for who, one in seen.candidates.items() if one.created_on <= moment}
    for application in world.applications.values():
        if not (hide_new and _is_new(seen, application, moment)):
            seen.add_application(_application_at(moment, application))
    return seen


def _is_new(seen: World, application: Application, moment: datetime) -> bool:
    known = application.candidate_id in seen.candidates and application.job_id in seen.jobs
    return not known or application.history[0].at > moment


def _application_at(moment: datetime, application: Application) -> Application:
    """The first status can be read immediately."""
    history = [change for change in application.history if change.at <= moment] or application.history[:1]
    if len(history) == len(application.history):
        return application
    last = history[-1]
    return replace(
        application, status=last.status, sub_status=last.sub_status, history=history, reason_id=None, starts_on=None
    )

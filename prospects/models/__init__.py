from prospects.models.export import ExportItem, ExportOutcome, ExportRun, ExportSettings, KnownTag, locked, settings_of
from prospects.models.export_options import JobOption, OptionsRefresh
from prospects.models.prospect import Consent, OptInExclusion, Prospect, Removal

__all__ = [
    "Consent",
    "ExportItem",
    "ExportOutcome",
    "ExportRun",
    "ExportSettings",
    "JobOption",
    "KnownTag",
    "OptInExclusion",
    "OptionsRefresh",
    "Prospect",
    "Removal",
    "locked",
    "settings_of",
]

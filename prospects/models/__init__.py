from prospects.models.export import ExportItem, ExportOutcome, ExportRun, ExportSettings, KnownTag, locked, settings_of
from prospects.models.export_options import JobOption, OptionsRefresh
from prospects.models.prospect import Consent, OptInExclusion, Prospect, ProspectWord, Removal, store_words

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
    "ProspectWord",
    "Removal",
    "locked",
    "settings_of",
    "store_words",
]

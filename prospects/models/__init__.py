from prospects.models.export import ExportItem, ExportRun, ExportSettings, Outcome, TagSeen, locked, settings_of
from prospects.models.export_options import JobOption, OptionsReading
from prospects.models.prospect import Consent, NotAsked, Prospect, Removal

__all__ = [
    "Consent",
    "ExportItem",
    "ExportRun",
    "ExportSettings",
    "JobOption",
    "NotAsked",
    "OptionsReading",
    "Outcome",
    "Prospect",
    "Removal",
    "TagSeen",
    "locked",
    "settings_of",
]

from collections.abc import Collection

from django import forms
from django.core.validators import URLValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crosschq.accounts.branding.brand import Profile
from crosschq.accounts.branding.logos import LARGEST_UPLOAD, Drawn, InvalidLogo, draw
from crosschq.accounts.form_fields import TimeZoneField, organization_name, time_zones
from crosschq.core.text import lengths
from crosschq.core.text.names import no_link
from crosschq.core.text.time_zones import canonical, is_known
from crosschq.core.ui.form_fields import AddressField
from crosschq.tenancy.colors import parsed

PLUM = "#5a2450"  # the color in base.css


HTTPS = _("Enter a privacy notice link that starts with https://")


class HttpsField(forms.URLField):
    default_validators = [URLValidator(schemes=["https"], message=HTTPS)]
    default_error_messages = {"invalid": HTTPS}


class OrganizationProfileForm(forms.Form):
    name = organization_name(
        _("The name that candidates and references know. Our emails come from this name, “via Crosschq”.")
    )
    time_zone = TimeZoneField(
        help_text=_("Due dates are at the end of the day in this time zone. Open requests keep their due dates."),
    )
    color = forms.CharField(
        label=_("Brand color"),
        required=False,
        max_length=20,
        help_text=_("Six digits, such as #0A66C2, or pick a color. If empty, we use Crosschq plum."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )
    picked = forms.CharField(
        label=_("Pick a color"), required=False, max_length=20, widget=forms.TextInput(attrs={"type": "color"})
    )
    privacy_url = HttpsField(
        label=_("Link to your privacy notice"),
        required=False,
        max_length=lengths.WEB_ADDRESS,
        assume_scheme="https",
        help_text=_("We link to it from the first page that candidates and references see. Must start with https://."),
    )
    reply_to = AddressField(
        label=_("Other replies go to"),
        required=False,
        max_length=lengths.EMAIL,
        help_text=_(
            "When candidates and references reply, the request's owner gets the email. This address gets "
            "replies to emails without an owner, such as “report ready”. If empty, your organization's owner gets them."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    answers_shown = forms.ChoiceField(
        label=_("Do candidates see their references' answers?"),
        help_text=_(
            "Candidates and references learn this before they start. A change applies to requests that start after it: "
            "answers given under “No” are never shown. Going back to “No” hides all answers, including those given "
            "under “Yes”."
        ),
        choices=[
            ("no", _("No. Only your team sees them")),
            ("yes", _("Yes. When a request is complete, the candidate gets an email with a link to the answers")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(
        self, data: QueryDict | None = None, *, before: Profile, domains: Collection[str] = frozenset()
    ) -> None:
        """domains: those that the name may contain, because an admin has a confirmed address there."""
        self.before, self.domains = before, domains
        initial = {
            "name": before.name,
            "time_zone": canonical(before.time_zone),
            "color": before.color,
            "picked": before.color or PLUM,
            "privacy_url": before.privacy_url,
            "reply_to": before.reply_to,
            "answers_shown": "yes" if before.answers_shown else "no",
        }
        super().__init__(data, initial=initial)
        zones = time_zones(chosen=before.time_zone)
        if not is_known(before.time_zone):
            # No default: an admin always chooses the time zone.
            zones = [("", str(_("Choose"))), *zones]
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]  # of ChoiceField

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.before.name:
            no_link(name, allowed=self.domains)
        return name

    def clean_color(self) -> str:
        return _color(self.cleaned_data["color"])

    def clean_picked(self) -> str:
        """A color picker always has a value, so it counts only if it was changed and nothing was typed."""
        picked = _color(self.cleaned_data["picked"])
        typed = self.cleaned_data.get("color", self.before.color)
        was_moved = picked and picked != (self.before.color or PLUM)
        if was_moved and typed == self.before.color:
            self.cleaned_data["color"] = picked
        return picked

    def profile(self) -> Profile:
        given = self.cleaned_data
        return Profile(
            name=given["name"],
            time_zone=given["time_zone"],
            color=given["color"],
            privacy_url=given["privacy_url"],
            reply_to=given["reply_to"],
            answers_shown=given["answers_shown"] == "yes",
        )


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=_("Image"),
        help_text=_(
            "PNG, JPEG, GIF, or WebP, at most 1 MB. It is resized to at most 240 × 80 points; "  # noqa: RUF001
            "a wide image with little margin works best."
        ),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
        error_messages={
            "required": _("Choose an image"),
            "empty": _("The file is empty. Choose another one."),
            "missing": _("Choose an image"),
            "invalid": _("Choose an image"),
        },
    )

    def clean_logo(self) -> Drawn:
        # One byte over the limit is enough to tell that the file is too large.
        upload: bytes = self.cleaned_data["logo"].read(LARGEST_UPLOAD + 1)
        try:
            return draw(upload)
        except InvalidLogo as refused:
            raise forms.ValidationError(refused.sentence) from refused


def _color(text: str) -> str:
    if not text:
        return ""
    try:
        return parsed(text)
    except ValueError as error:
        problem = _("Enter the brand color as six hexadecimal digits, such as #0A66C2")
        raise forms.ValidationError(problem) from error

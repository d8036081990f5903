from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crosschq.accounts.ask.ask import AskedToday, NotAskable, ask, owner_of_ask, page_of
from crosschq.accounts.ask.askable import ACTS
from crosschq.core.text.lists import and_list
from crosschq.messaging.sending.cap_refusals import rollback_if_refused
from crosschq.messaging.sending.caps import CapReached
from crosschq.tenancy.access import MemberRequest
from crosschq.tenancy.models import Role
from crosschq.tenancy.owner_access import member_or_owner_page
from crosschq.tenancy.secret_pages import SeeOther


@member_or_owner_page(Role.VIEWER, owner_of=owner_of_ask)
@require_POST
def send(request: MemberRequest, wish: str, about: str) -> HttpResponse:
    """Email those who can do it, and return to the page `about`."""
    if wish not in ACTS:
        raise Http404
    try:
        page = page_of(ACTS[wish], request.organization, about, request.membership)
        with rollback_if_refused(request.organization, request.actor):
            asked = ask(request.organization, wish, page=page, actor=request.actor)
    except NotAskable as error:
        raise Http404 from error
    except AskedToday:
        messages.info(request, _("You already asked. You can ask again after 24 hours."))
    except CapReached as refused:
        messages.error(request, refused.sentence, extra_tags=_("Not sent"))
    else:
        names = and_list([str(user) for user in asked])
        said = _("We emailed %(names)s with a link to the page where they can do it.") % {"names": names}
        messages.success(request, said, extra_tags=_("Asked"))
    return SeeOther(f"/o/{request.organization.slug}/{about}")

from django.urls import path

from requests_app.bulk import views as bulk
from requests_app.candidate.views import proposals
from requests_app.completion import views as completion
from requests_app.list_download import views as list_download
from requests_app.reminders import views as reminding
from requests_app.report.pdf import views as report_pdf
from requests_app.report.sharing import views as sharing
from requests_app.staff.views import (
    actions,
    add_reference,
    detail,
    due_date,
    owner,
    reopen,
    request_list,
)
from requests_app.start import views as test_requests
from requests_app.start.by_hand import views as by_hand

app_name = "requests"
urlpatterns = [
    path("", request_list.index, name="list"),
    path("new/", by_hand.new, name="new"),
    path("test/", test_requests.send, name="test"),
    path("bulk/", bulk.confirm, name="bulk"),
    path("bulk/<uuid:uid>/", bulk.show, name="bulk_action"),
    path("bulk/<uuid:uid>/again/", bulk.try_again, name="bulk_again"),
    path("download/", list_download.download, name="download"),
    path("download/<uuid:uid>/", list_download.show, name="download_show"),
    path("download/<uuid:uid>/file/", list_download.file, name="download_file"),
    path("download/<uuid:uid>/again/", list_download.try_again, name="download_again"),
    path("download/<uuid:uid>/delete/", list_download.delete, name="download_delete"),
    path("<uuid:uid>/", detail.detail, name="detail"),
    path("<uuid:uid>/report/", detail.report, name="report"),
    path("<uuid:uid>/report/pdf/", report_pdf.staff, name="report_pdf"),
    path("<uuid:uid>/report/versions/<int:number>/", detail.report, name="report_version"),
    path("<uuid:uid>/report/versions/<int:number>/pdf/", report_pdf.staff, name="report_version_pdf"),
    path("<uuid:uid>/report/versions/<int:number>/since/<int:since>/", detail.report, name="report_changes"),
    path("<uuid:uid>/report/share/", sharing.share, name="share"),
    path("<uuid:uid>/report/ask/", sharing.ask_as_member, name="ask_access"),
    path("<uuid:uid>/resend/", actions.resend, name="resend"),
    path("<uuid:uid>/address/", actions.address, name="address"),
    path("<uuid:uid>/cancel/", actions.cancel, name="cancel"),
    path("<uuid:uid>/finish/", actions.finish, name="finish"),
    path("<uuid:uid>/erase/", test_requests.erase, name="erase_test"),
    path("<uuid:uid>/extend/", due_date.extend, name="extend"),
    path("<uuid:uid>/reopen/", reopen.reopen, name="reopen"),
    path("<uuid:uid>/note/", reopen.note, name="note"),
    path("<uuid:uid>/attachment/", reopen.attachment, name="attachment"),
    path("<uuid:uid>/owner/", owner.change_owner, name="owner"),
    path("<uuid:uid>/candidate-link/", owner.candidate_link, name="candidate_link"),
    path("<uuid:uid>/slots/<int:number>/", add_reference.add_reference, name="add_reference"),
    path("<uuid:uid>/references/<uuid:reference_uid>/undo-decline/", reopen.undo_decline, name="undo_decline"),
    path("<uuid:uid>/go-on/", actions.go_on, name="go_on"),
    path("<uuid:uid>/remind/", reminding.remind, name="remind"),
    path("<uuid:uid>/reminders/<uuid:reminder_uid>/skip/", reminding.skip, name="skip_reminder"),
    path("<uuid:uid>/references/<uuid:reference_uid>/resend/", actions.resend_reference, name="reference_resend"),
    path("<uuid:uid>/references/<uuid:reference_uid>/approve/", proposals.approve, name="approve"),
    path("<uuid:uid>/references/<uuid:reference_uid>/release/", proposals.release, name="release"),
    path("<uuid:uid>/references/<uuid:reference_uid>/accept/", completion.accept_late, name="accept_late"),
    path("<uuid:uid>/references/<uuid:reference_uid>/address/", actions.reference_address, name="reference_address"),
]

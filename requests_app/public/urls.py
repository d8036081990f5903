from django.urls import path

from requests_app.candidate.views import candidate, nominate
from requests_app.notifications.views import opt_out, resend_link
from requests_app.public import views as about
from requests_app.reference.views import reference
from requests_app.reminders import views as reminding
from requests_app.report import views as report_access
from requests_app.report.pdf import views as report_pdf
from requests_app.report.sharing import views as sharing

app_name = "public"
urlpatterns = [
    path("c/<str:token>/", candidate.home, name="candidate"),
    path("c/<str:token>/about/", about.candidate, name="candidate_about"),
    path("c/<str:token>/start/", candidate.start, name="candidate_start"),
    path("c/<str:token>/decline/", candidate.decline, name="candidate_decline"),
    path("c/<str:token>/references/<int:number>/name/", nominate.name, name="candidate_name"),
    path("c/<str:token>/references/<int:number>/other/", nominate.other, name="candidate_other"),
    path("c/<str:token>/references/<int:number>/relation/", nominate.relation, name="candidate_relation"),
    path("c/<str:token>/references/<int:number>/email/", nominate.email, name="candidate_email"),
    path("c/<str:token>/check/", candidate.check, name="candidate_check"),
    path("c/<str:token>/address/<uuid:uid>/", candidate.address, name="candidate_address"),
    path("c/<str:token>/replace/<uuid:uid>/", candidate.replace, name="candidate_replace"),
    path("c/<str:token>/release/<uuid:uid>/", candidate.release, name="candidate_release"),
    path("c/<str:token>/answers/", candidate.answers, name="candidate_answers"),
    path("c/<str:token>/remind/<uuid:uid>/", reminding.by_candidate, name="candidate_remind"),
    path("c/<str:token>/own-view/<int:number>/", candidate.own_question, name="own_view_question"),
    path("c/<str:token>/own-view/check/", candidate.own_check, name="own_view_check"),
    path("c/<str:token>/fresh-link/", resend_link.candidate, name="candidate_fresh"),
    path("c/<str:token>/not-me/", opt_out.not_me, name="candidate_not_me"),
    path("c/<str:token>/stop/", opt_out.candidate_stop, name="candidate_stop"),
    path("r/<str:token>/", reference.home, name="reference"),
    path("r/<str:token>/about/", about.reference, name="reference_about"),
    path("r/<str:token>/start/", reference.start, name="reference_start"),
    path("r/<str:token>/questions/<int:number>/", reference.question, name="reference_question"),
    path("r/<str:token>/facts/", reference.facts, name="reference_facts"),
    path("r/<str:token>/change/", reference.change, name="reference_change"),
    path("r/<str:token>/copy/", reference.copy, name="reference_copy"),
    path("r/<str:token>/check/", reference.check, name="reference_check"),
    path("r/<str:token>/cannot/", reference.cannot, name="reference_cannot"),
    path("r/<str:token>/wrong-person/", reference.wrong_person, name="reference_wrong_person"),
    path("r/<str:token>/fresh-link/", resend_link.reference, name="reference_fresh"),
    path("r/<str:token>/stop/", opt_out.reference_stop, name="reference_stop"),
    path("reports/<uuid:uid>/", report_access.report, name="report"),
    path("reports/<uuid:uid>/ask/", sharing.ask, name="ask_access"),
    path("reports/<uuid:uid>/pdf/", report_pdf.public, name="report_pdf"),
    path("reports/<uuid:uid>/versions/<int:number>/", report_access.report, name="report_version"),
    path("reports/<uuid:uid>/versions/<int:number>/pdf/", report_pdf.public, name="report_version_pdf"),
    path("reports/<uuid:uid>/versions/<int:number>/since/<int:since>/", report_access.report, name="report_changes"),
]

from django.urls import path

from . import acts, detail, extending, listing, pretend, reminding

app_name = "requests"
urlpatterns = [
    path("", listing.index, name="list"),
    path("test/", pretend.send, name="test"),
    path("<uuid:uid>/", detail.detail, name="detail"),
    path("<uuid:uid>/report/", detail.report, name="report"),
    path("<uuid:uid>/resend/", acts.resend, name="resend"),
    path("<uuid:uid>/address/", acts.address, name="address"),
    path("<uuid:uid>/cancel/", acts.cancel, name="cancel"),
    path("<uuid:uid>/finish/", acts.finish, name="finish"),
    path("<uuid:uid>/erase/", pretend.erase, name="erase_test"),
    path("<uuid:uid>/extend/", extending.extend, name="extend"),
    path("<uuid:uid>/go-on/", acts.go_on, name="go_on"),
    path("<uuid:uid>/remind/", reminding.remind, name="remind"),
    path("<uuid:uid>/reminders/<uuid:reminder_uid>/skip/", reminding.skip, name="skip_reminder"),
    path("<uuid:uid>/references/<uuid:reference_uid>/resend/", acts.resend_reference, name="reference_resend"),
    path("<uuid:uid>/references/<uuid:reference_uid>/address/", acts.reference_address, name="reference_address"),
]

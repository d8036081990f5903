from django.urls import path

from . import acts, detail, listing, pretend

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
    path("<uuid:uid>/references/<uuid:reference_uid>/resend/", acts.resend_reference, name="reference_resend"),
    path("<uuid:uid>/references/<uuid:reference_uid>/address/", acts.reference_address, name="reference_address"),
]

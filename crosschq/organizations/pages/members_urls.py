from django.urls import path

from . import invitations, members

app_name = "members"
urlpatterns = [
    path("", members.index, name="list"),
    path("invite/", invitations.invite_people, name="invite"),
    path("invitations/<uuid:uid>/resend/", invitations.resend_one, name="invitation_resend"),
    path("invitations/<uuid:uid>/cancel/", invitations.cancel_one, name="invitation_cancel"),
    path("<uuid:uid>/role/", members.role, name="role"),
    path("<uuid:uid>/remove/", members.remove, name="remove"),
]

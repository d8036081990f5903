from django.urls import path

from crosschq.accounts.members.views import invite, members

app_name = "members"
urlpatterns = [
    path("", members.index, name="list"),
    path("invite/", invite.invite_people, name="invite"),
    path("invitations/<uuid:uid>/resend/", invite.resend_one, name="invitation_resend"),
    path("invitations/<uuid:uid>/cancel/", invite.cancel_one, name="invitation_cancel"),
    path("<uuid:uid>/role/", members.role, name="role"),
    path("<uuid:uid>/remove/", members.remove, name="remove"),
]

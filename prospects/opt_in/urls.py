from django.urls import path

from prospects.opt_in.views import own, thanks

app_name = "prospect"
urlpatterns = [
    path("r/<str:token>/thanks/", thanks.thanks, name="thanks"),
    path("r/<str:token>/thanks/remove/", thanks.remove, name="thanks_remove"),
    path("p/<str:token>/", own.stored, name="stored"),
    path("p/<str:token>/renew/", own.renew, name="renew"),
    path("p/<str:token>/remove/", own.remove, name="remove"),
    path("p/<str:token>/unsubscribe/", own.unsubscribe, name="unsubscribe"),
]

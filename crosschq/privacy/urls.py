from django.urls import path

from crosschq.privacy.desk import views as desk
from crosschq.privacy.export import views as export

app_name = "privacy"
urlpatterns = [
    path("", desk.index, name="desk"),
    path("people/<uuid:uid>/", desk.person, name="person"),
    path("people/<uuid:uid>/export/", export.ask, name="export_ask"),
    path("exports/<uuid:uid>/", export.show, name="export"),
    path("exports/<uuid:uid>/download/", export.download, name="export_download"),
    path("exports/<uuid:uid>/try-again/", export.try_again, name="export_again"),
    path("exports/<uuid:uid>/delete/", export.delete, name="export_delete"),
]

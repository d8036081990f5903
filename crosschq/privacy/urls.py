from django.urls import path

from crosschq.privacy.correct import views as correct
from crosschq.privacy.desk import views as desk
from crosschq.privacy.erase import views as erase
from crosschq.privacy.export import views as export
from crosschq.privacy.offboarding import views as offboarding
from crosschq.privacy.retention import views as retention

app_name = "privacy"
urlpatterns = [
    path("", desk.index, name="desk"),
    path("people/<uuid:uid>/", desk.person, name="person"),
    path("people/<uuid:uid>/export/", export.ask, name="export_ask"),
    path("exports/<uuid:uid>/", export.show, name="export"),
    path("exports/<uuid:uid>/download/", export.download, name="export_download"),
    path("exports/<uuid:uid>/try-again/", export.try_again, name="export_again"),
    path("exports/<uuid:uid>/delete/", export.delete, name="export_delete"),
    path("people/<uuid:uid>/correct/", correct.correct, name="correct"),
    path("people/<uuid:uid>/erase/", erase.ask, name="erase"),
    path("references/<uuid:uid>/erase/", erase.ask_reference, name="erase_reference"),
    path("erasures/", erase.index, name="erasures"),
    path("erasures/<uuid:uid>/", erase.show, name="erasure"),
    path("erasures/<uuid:uid>/try-again/", erase.try_again, name="erasure_again"),
    path("erasures/<uuid:uid>/deleted-there/", erase.deleted_there, name="deleted_there"),
    path("retention/", retention.retention, name="retention"),
    path("retention/holds/", retention.place_hold, name="place_hold"),
    path("retention/holds/<uuid:uid>/release/", retention.release_hold, name="release_hold"),
    path("write-again/", erase.lift, name="write_again"),
    path("organization/", offboarding.index, name="offboarding"),
    path("organization/keep/", offboarding.keep_organization, name="keep_organization"),
    path("organization/export/", offboarding.export, name="export_everything"),
    path("organization/try-again/", offboarding.try_again, name="offboarding_again"),
]

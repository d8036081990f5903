"""The product's URLs and the guide of components, which the product itself shows in DEBUG only."""

from django.urls import include, path

from crosschq.urls import urlpatterns as product

urlpatterns = [*product, path("styleguide/", include("crosschq.console.styleguide.urls"))]

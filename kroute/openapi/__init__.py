"""OpenAPI documents, versions 2 and 3, built from the registered routes and the kinds' schemas."""

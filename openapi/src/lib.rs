//! The OpenAPI 3.1 documents of Viaduct's HTTP APIs, assembled from the annotations beside the handlers.

"""One suite over all backends, and over the watch cache's view of them."""

"""What a server offers: the /api and /apis documents, per group, per version and aggregated."""

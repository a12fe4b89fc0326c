"""The backend that forgets: a dict and a ring of events for each resource.

For tests and throw-away servers, and the model that the other backends are tested against.
"""

"""The core API: Kubernetes' own kinds, what they default to, what they may hold, and how they behave.

What data can say is in `data/`; the rest is small functions, one concern a module.
"""

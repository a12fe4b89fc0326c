"""Changing objects by patch documents: JSON patch, merge patch, strategic merge patch and server-side apply.

Pure functions on decoded objects and their schemas; who calls them, and over which protocol, is not known here.
"""

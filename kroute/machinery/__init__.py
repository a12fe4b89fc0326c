"""The words of the Kubernetes API: names, identifiers, errors, objects, selectors, times, codecs.

Pure values and functions without I/O, used by every floor above.
"""

"""Admission plugins: one policy a module.  What a plugin has to look up it is given when it is made."""

"""The watch cache: the current objects of one resource and its recent changes, in this process, over any backend.

Lists and watches are served from it.  It knows labels and selectable fields, which its owner has extracted from
each value once, but neither kinds nor selectors.  `cacher.Cacher` is the door; `storage.store` uses it.
"""

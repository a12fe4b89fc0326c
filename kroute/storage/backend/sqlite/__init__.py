"""The embedded durable backend: one SQLite file, one process, nothing to install.

Every acknowledged write is on the disk.  Writers that come together share one transaction and its fsync.
"""

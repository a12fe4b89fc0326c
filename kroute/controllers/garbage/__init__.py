"""Garbage collection: objects go when their owners have gone, in the background, in the foreground, or not at all."""

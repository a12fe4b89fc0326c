"""Examples of what kroute can do; each file's docstring has the commands that run it, and a test runs those.

The indented lines of a docstring are shell commands, for the folder above this one: first what serves, which goes on
until it is stopped, then what to try from another shell.
"""

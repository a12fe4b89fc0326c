"""The Lua scripts, as data files: one operation each, behind the functions of `common.lua`."""

"""Examples: each file is runnable as its docstring says, and is run by a test."""

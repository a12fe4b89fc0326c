"""What happens on one verb at one path: the plan of actions for a storage object, and a handler for each verb.

Handlers get everything precomputed in a frozen scope and don't know each other.
"""

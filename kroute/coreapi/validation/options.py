"""What validators of pods let pass.

Mirrors PodValidationOptions of `pkg/apis/core/validation`; `ratcheting` makes them for updates.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`is_pod`: the spec is a pod's own, not a template's.

    Each `allow_...` lets something pass that was stored under older rules, and that an update may therefore keep.
    """

    is_pod: bool = False
    allow_deletion_cost: bool = False
    allow_host_sysctls: bool = False
    allow_huge_page_fractions: bool = False
    allow_node_affinity_values: bool = False
    allow_selector_values: bool = False
    allow_spread_selectors: bool = False
    allow_token_paths: bool = False


POD = Options(is_pod=True)
TEMPLATE = Options()

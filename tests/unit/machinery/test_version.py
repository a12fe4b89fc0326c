"""The order of API versions."""

from __future__ import annotations

import random

from kroute.machinery import version


def test_stable_versions_come_before_beta_before_alpha_before_others() -> None:
    wanted = [
        "v10",
        "v2",
        "v1",
        "v11beta2",
        "v10beta3",
        "v3beta1",
        "v12alpha1",
        "v11alpha2",
        "foo1",
        "foo10",
        "v1gamma1",
    ]
    shuffled = random.Random(1).sample(wanted, len(wanted))
    assert version.ordered(shuffled) == wanted


def test_the_preferred_version_has_the_lowest_key() -> None:
    assert version.priority("v1") < version.priority("v2beta1") < version.priority("v1alpha1") < version.priority("x")

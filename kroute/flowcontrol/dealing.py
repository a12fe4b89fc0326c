"""Shuffle sharding: each flow gets a few queues of many, so that two flows seldom share all of theirs.

Mirrors `k8s.io/apiserver/pkg/util/shufflesharding`.
"""

from __future__ import annotations

import hashlib


def flow_hash(schema: str, distinguisher: str) -> int:
    """What the hand of a flow is dealt by."""
    text = f"{schema}\0{distinguisher}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def hand(hash_value: int, queues: int, size: int) -> tuple[int, ...]:
    """`size` different numbers below `queues`, which must be as many at least."""
    cards: list[int] = []
    for dealt in range(size):
        hash_value, card = divmod(hash_value, queues - dealt)
        for other in sorted(cards):
            if card >= other:
                card += 1
        cards.append(card)
    return tuple(cards)

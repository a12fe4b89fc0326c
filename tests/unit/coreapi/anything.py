"""Objects that decode, and make no sense beyond that: for each field anything that its type allows."""

from __future__ import annotations

import random
from typing import Any, Final

from kroute.schema import gotypes

TEXTS: Final = (
    "", "a", "b", "app", "A b", "a/b", "a.b/c", "-", "..", "/a", "/", "x" * 64, "é", "0", "1", "50%", "150%", "$(A)",
    "10.0.0.1", "::1", "http", "Always", "Never", "OnFailure", "TCP", "Linux", "linux", "windows", "Localhost",
    "Indexed", "Local", "None", "Default", "ClusterFirst", "Exists", "In", "Gt", "NoExecute", "NoSchedule", "Equal",
    "DoesNotExist", "RollingUpdate", "Recreate", "OnDelete", "Resource", "Pods", "Object", "External",
    "ContainerResource", "Utilization", "AverageValue", "Value", "cpu", "memory", "hugepages-2Mi", "example.com/gpu",
    "storage", "requests.cpu", "metadata.name", "metadata.annotations['a']", "v1", "limits.cpu", "*/5 * * * *",
    "@every 1h", "CRON_TZ=UTC * * * * *", "Etc/UTC", "FailJob", "FailIndex", "Ignore", "Count", "Block",
    "ReadWriteOnce", "image:tag", "1-3,5", "Complete",
)  # fmt: skip
NUMBERS: Final = (-(2**31), -1, 0, 1, 2, 80, 100, 65536, 100_001, 2**31 - 1)
QUANTITIES: Final = ("-1", "0", "1", "100m", "1.5Gi", "1e3", "0.1", "10Mi")
TIMES: Final = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
DEEPEST: Final = 14


class Anything:
    """Draws values of Go types; `fill` is how likely a field is set."""

    def __init__(self, seed: int, *, fill: float = 0.35) -> None:
        self._random = random.Random(seed)
        self._fill = fill

    def value(self, kind: gotypes.Type, depth: int = 0) -> Any:
        draw = self._random
        if kind.kind == "struct":
            likely = self._fill if depth < DEEPEST else 0
            return {
                name: self.value(field.type, depth + 1)
                for name, field in kind.fields.items()
                if draw.random() < likely or (depth == 0 and name in ("spec", "template"))
            }
        if kind.kind in ("slice", "map") and kind.element is not None:
            items = [self.value(kind.element, depth + 1) for _ in range(draw.choice((0, 1, 1, 2)))]
            return items if kind.kind == "slice" else {draw.choice(TEXTS): item for item in items}
        return self.scalar(kind)

    def scalar(self, kind: gotypes.Type) -> Any:
        draw = self._random
        if kind.kind == "int":
            return draw.choice(NUMBERS)
        if kind.kind == "int-or-string":
            return draw.choice((*NUMBERS, *TEXTS))
        choices: dict[str, tuple[Any, ...]] = {
            "string": TEXTS,
            "bool": (True, False),
            "float": (0.0, -1.5),
            "bytes": ("", "YQ=="),
            "quantity": QUANTITIES,
            "time": TIMES,
            "microtime": ("2026-01-01T00:00:00.000000Z",),
        }
        return draw.choice(choices.get(kind.kind, (None, {}, {"a": 1})))

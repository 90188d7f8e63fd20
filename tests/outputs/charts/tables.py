"""A table for each chart, with names that some form would read as more than a name."""

from costcalc.table import Column, Table
from tests.outputs.tables import NAMES

EVIL = ('<img src="x" onerror="alert(1)">', "</script><script>alert(2)</script>", *NAMES)

SHARES = Table(
    "Shares & <more>",
    (Column("name", "Stage"), Column("macs", "Share of MACs", "share"), Column("params", "Share of <b>", "share")),
    tuple({"name": name, "macs": 0.5 / (place + 1), "params": 0.1} for place, name in enumerate(EVIL)),
)

MEMORY = Table(
    "Live bytes",
    (Column("step", "Step", "count"), Column("operation", "Operation"), Column("live", "Live", "bytes")),
    tuple({"step": place, "operation": name, "live": 100 * (7 - place) ** 2} for place, name in enumerate(EVIL)),
)

ACCURACY = Table(
    "Published accuracy",
    (
        Column("variant", "Variant"),
        Column("family", "Model"),
        Column("document", "Published in"),
        Column("published", "Accuracy (%)", "percent"),
        Column("macs", "MACs", "macs"),
        Column("params", "Parameters", "params"),
    ),
    tuple(
        {
            "variant": name,
            "family": name,
            "document": name,
            "published": 70.5 + place,
            "macs": 10 ** (place + 3),
            "params": 10 ** (place + 2),
            "mine": place in (0, 6, 8),
        }
        for place, name in enumerate(EVIL)
    ),
)

ROOFLINE = Table(
    "Roofline",
    (),
    (
        {"name": EVIL[0], "kind": "model", "intensity": 3.5, "attained": 2e10},
        *({"name": name, "kind": "layer", "intensity": 1.0 + n, "attained": 1e10} for n, name in enumerate(EVIL)),
    ),
    about={"roofs": {"GEMM, <fp32>": 1.5e11, "GEMM, bf16": 3e11}, "bandwidth": 1.2e10},
)

GRAPH = Table(
    "Steps",
    (),
    tuple(
        {
            "name": name,
            "inputs": () if place == 0 else (place - 1,) if place != 4 else (0, 3),
            "shape": (8, 4, 4),
            "share": 0.1 if place else None,
        }
        for place, name in enumerate(EVIL)
    ),
)

CHARTED = {
    "shares": SHARES,
    "memory": MEMORY,
    "accuracy-macs": ACCURACY,
    "accuracy-params": ACCURACY,
    "roofline": ROOFLINE,
    "graph": GRAPH,
}

MARKS = {
    "shares": {"shares_marks": 2 * len(EVIL)},
    "memory": {"steps_marks": len(EVIL), "peak_marks": 1},
    "accuracy-macs": {"published_marks": len(EVIL), "mine_marks": 3, "above_marks": 1, "below_marks": 2},
    "accuracy-params": {"published_marks": len(EVIL), "mine_marks": 3, "above_marks": 1, "below_marks": 2},
    "roofline": {"measured_marks": 1 + len(EVIL), "roofs_marks": 2, "names_marks": 1, "titles_marks": 2},
    # 12 lines along the chain and the shortcut from the first to the fifth; the first has no share
    "graph": {
        "nodes_marks": len(EVIL),
        "names_marks": len(EVIL),
        "work_marks": len(EVIL) - 1,
        "edges_marks": len(EVIL),
    },
}
"""How many marks each chart has, by the class of their group in SVG."""

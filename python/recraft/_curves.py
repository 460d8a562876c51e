"""What a notebook shows of a model: its scores, and its curves as SVG."""

from __future__ import annotations

from html import escape
from typing import Any, Dict, List, Optional, Tuple

_WIDTH, _HEIGHT, _EDGE = 320, 140, 24
_COLOURS = {"train_loss": "#1f77b4", "valid_loss": "#ff7f0e", "valid_metric": "#2ca02c"}
Point = Tuple[float, float]


def _curve(history: List[Dict[str, Any]], key: str) -> List[Point]:
    return [(i, row[key]) for i, row in enumerate(history) if row.get(key) is not None]


def _path(points: List[Point], low: float, high: float, last: int) -> str:
    def place(point: Point) -> str:
        x = _EDGE + (_WIDTH - 2 * _EDGE) * point[0] / max(last, 1)
        y = _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * (point[1] - low) / ((high - low) or 1.0)
        return f"{x:.1f},{y:.1f}"

    return " ".join(place(point) for point in points)


def svg_of(history: List[Dict[str, Any]], stage: str) -> Optional[str]:
    """Losses and validation metric over the epochs of a stage; None where there are fewer than two."""
    rows = [row for row in history if row.get("stage") == stage]
    curves = {key: points for key in _COLOURS if len(points := _curve(rows, key)) >= 2}
    if not curves:
        return None
    values = [y for points in curves.values() for _, y in points]
    low, high = min(values), max(values)
    lines = [
        f'<polyline fill="none" stroke="{_COLOURS[key]}" points="{_path(points, low, high, len(rows) - 1)}"/>'
        f'<text x="{_EDGE + 90 * i}" y="14" font-size="11" fill="{_COLOURS[key]}">{key.replace("_", " ")}</text>'
        for i, (key, points) in enumerate(curves.items())
    ]
    lines.append(f'<text x="2" y="{_EDGE + 4}" font-size="9">{high:.3g}</text>')
    lines.append(f'<text x="2" y="{_HEIGHT - _EDGE + 4}" font-size="9">{low:.3g}</text>')
    lines.append(
        f'<text x="{_WIDTH // 2}" y="{_HEIGHT - 6}" font-size="10" text-anchor="middle">'
        f"{escape(stage)}: {len(rows)} epochs</text>"
    )
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" xmlns="http://www.w3.org/2000/svg">{"".join(lines)}</svg>'


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def _cell(value: Any) -> str:
    return "" if value is None else _number(value)


def _side_by_side(both: Dict[str, Any]) -> str:
    """Teacher and student, and what to know of their scores."""
    keys = {"valid": "validation", "test": "test", "parameters": "parameters", "mb": "MB", "ms": "ms alone"}
    keys["ms_in_batch"] = f"ms in a batch of {both['student']['batch']}"
    head = "".join(f"<th>{title}</th>" for title in keys.values())
    rows = "".join(
        f"<tr><th>{name}</th>{''.join(f'<td>{_cell(both[name].get(key))}</td>' for key in keys)}</tr>"
        for name in ("teacher", "student")
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>" + (
        f"<p>{escape(both['note'])}</p>" if "note" in both else ""
    )


def page_of(result: Dict[str, Any], history: List[Dict[str, Any]]) -> str:
    """A table of scores, teacher and student, the notes, and a picture for each stage."""
    keys = (
        "method",
        "source",
        "teacher",
        "student",
        "layers",
        "weights",
        "metric",
        "valid",
        "test",
        "best_epoch",
        "epochs",
    )
    rows = "".join(
        f"<tr><th>{key}</th><td>{_number(result[key])}</td></tr>" for key in keys if result.get(key) is not None
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.get("notes", []))
    stages = dict.fromkeys(row.get("stage", "") for row in history)
    pictures = "".join(svg_of(history, stage) or "" for stage in stages)
    both = _side_by_side(result["distillation"]) if "distillation" in result else ""
    return f"<table>{rows}</table>{both}{pictures}" + (f"<ul>{notes}</ul>" if notes else "")

"""What stands in the place of a figure when nothing could be estimated: the reason, in words, in a small plain axes."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from rehab_stats.report.appearance import INK, LEADING, LINE_SPACING, POINTS, SIZE, SOFT, WIDTHS, themed, wrap
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import refusals

EDGE = 6.0


def nothing_estimated(estimates: Estimates) -> bool:
    """Whether there are no rows because an estimator refused the data."""
    return not len(estimates) and bool(estimates.context.get("refused"))


def plot_reason(
    estimates: Estimates,
    *,
    language: str = "en",
    note: str = "",
    ax: Axes | None = None,
    reasons: Sequence[str] = (),
) -> Axes:
    """The sentences of what was refused (or other `reasons`), and the note, in an axes without ticks.

    Parameters as in `figures.plot_forest`.
    """
    reasons = reasons or refusals(estimates.context, language)
    with themed():
        wide = WIDTHS["double"] if ax is None else ax.get_position().width * ax.figure.get_figwidth()
        room = wide * POINTS - 2 * EDGE
        words = "\n".join(wrap(text, room) for text in reasons)
        under = wrap(note, room, size=SIZE - 1) if note else ""
        if ax is None:
            lines = words.count("\n") + 1 + (under.count("\n") + 2 if under else 0)
            fig = plt.figure(figsize=(wide, (lines * LEADING + 2 * EDGE) / POINTS))
            ax = fig.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.axis("off")
        place = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "left", "linespacing": LINE_SPACING}
        ax.annotate(words, (0, 1), (EDGE, -EDGE), va="top", color=INK, gid="reason", **place)
        if under:
            ax.annotate(under, (0, 0), (EDGE, EDGE), va="bottom", color=SOFT, fontsize=SIZE - 1, gid="note", **place)
    return ax

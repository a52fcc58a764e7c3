"""Made-up estimates for figures, tables and disclosure: no estimator is run here."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rehab_stats.report.appearance import theme
from rehab_stats.vocabulary import Estimates

MODELS = {"crude": [], "age_sex_year": ["bs(age, df=4)", "sex", "C(year)"]}
COUNTS = {"short": (3322, 410), "medium": (4105, 640), "long": (3890, 773), "unknown": (210, 22)}


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def _row(model, measure, level, estimate, half, n, events, **more):
    ratio = measure.endswith("_ratio")
    ends = (estimate * np.exp(-half), estimate * np.exp(half)) if ratio else (estimate - half, estimate + half)
    return {
        "outcome": "referred",
        "model": model,
        "measure": measure,
        "level": level,
        "estimate": estimate,
        "std_error": half / 1.96,
        "conf_low": ends[0],
        "conf_high": ends[1],
        "n": n,
        "events": events,
    } | more


@pytest.fixture
def gradient():
    """Factory: risks, differences and ratios from counts; the second model's contrasts lie nearer the null."""

    def make(measures=("hazard_ratio",), *, counts=COUNTS, models=MODELS, dropped=None, **context) -> Estimates:
        rows = []
        (reference, (base_n, base_events)), *_ = counts.items()
        base = base_events / base_n
        for place, model in enumerate(models):
            for level, (n, events) in counts.items():
                n = n - (dropped or {}).get((model, level), 0)
                risk = base + (events / n - base) * (1 - 0.2 * place)
                more = {} if level == reference else {"reference": reference, "p_value": 0.01}
                if "risk" in measures:
                    rows.append(_row(model, "risk", level, risk, 0.01, n, events))
                if level == reference:
                    continue
                contrasts = {
                    "risk_difference": risk - base,
                    "risk_ratio": risk / base,
                    "odds_ratio": risk / (1 - risk) * (1 - base) / base,
                    "hazard_ratio": np.log1p(-risk) / np.log1p(-base),
                }
                for measure in contrasts:
                    if measure in measures:
                        half = 0.02 if measure == "risk_difference" else 0.12
                        rows.append(_row(model, measure, level, contrasts[measure], half, n, events, **more))
        # as the estimators do: the reference has no row of its own, its counts stand beside each contrast
        details = [
            {
                "n_reference": base_n - (dropped or {}).get((row["model"], reference), 0)
                if "reference" in row
                else None,
                "events_reference": base_events if "reference" in row else None,
            }
            for row in rows
        ]
        return Estimates(
            rows,
            details=pd.DataFrame(details, dtype="float64"),
            context={"exposure": "education", "adjust": models, "horizon_days": 365} | context,
        )

    return make


STEPS = (
    ("persons_in_extract", "kept", "all"),
    ("relatives", "excluded", "all"),
    ("no_cancer_diagnosis", "excluded", "all"),
    ("below_age_min", "excluded", "all"),
    ("included", "kept", "all"),
    ("referral_shortly_before_diagnosis", "noted", "all"),
    ("gone_before_registration", "excluded", "hazard"),
    ("hazard_set", "kept", "hazard"),
    ("diagnosed_before_registration", "excluded", "risk"),
    ("horizon_not_observed", "excluded", "risk"),
    ("risk_set", "kept", "risk"),
)


@pytest.fixture
def flow():
    """Factory: a participant flow with two branches; the kept steps follow from the others."""

    def make(relatives=55, no_cancer=125, young=0, noted=9, gone=583, before=4656, unobserved=2246) -> Estimates:
        included = 13_836
        start = included + relatives + no_cancer + young
        counts = [start, relatives, no_cancer, young, included, noted, gone, included - gone]
        counts += [before, unobserved, included - before - unobserved]
        rows = [
            {"outcome": "flow", "model": "crude", "measure": "count", "level": step, "estimate": count, "n": count}
            for (step, _, _), count in zip(STEPS, counts, strict=True)
        ]
        return Estimates(rows, details=pd.DataFrame([{"kind": k, "branch": b} for _, k, b in STEPS]))

    return make


@pytest.fixture
def table_one():
    """Factory: counts and shares of one characteristic from a frame of counts (categories x strata), with totals."""

    def make(counts: pd.DataFrame, outcome: str = "diagnosis_group") -> Estimates:
        whole = counts.assign(total=counts.sum(axis=1))
        rows = []
        for stratum in whole:
            n = whole[stratum].sum()
            for level, count in whole[stratum].items():
                base = {"outcome": outcome, "model": "crude", "level": level, "stratum": stratum, "n": n}
                rows.append(base | {"measure": "count", "estimate": count, "events": count})
                rows.append(base | {"measure": "share", "estimate": count / n, "events": count})
        return Estimates(rows, context={"exposure": "education"})

    return make


@pytest.fixture
def printed() -> Estimates:
    """Printed hazard ratios, as `published_estimates` gives them."""
    rows = [
        {"level": "medium", "estimate": 1.15, "conf_low": 1.03, "conf_high": 1.29},
        {"level": "long", "estimate": 1.33, "conf_low": 1.19, "conf_high": 1.49},
    ]
    same = {"outcome": "referred", "model": "published", "measure": "hazard_ratio", "reference": "short", "n": 13840}
    source = pd.DataFrame({"source": ["Moustsen et al. 2015, Acta Oncologica"] * 2, "place": "abstract"})
    return Estimates([row | same for row in rows], details=source)


@pytest.fixture
def words_stand_free():
    """Check that no words of a figure run into each other or leave the page."""

    def check(fig):
        with plt.rc_context(theme()):
            assert_words_stand_free(fig)

    return check


def _within(value, ends):
    return min(ends) <= value <= max(ends)


def boxes_of_words(fig):
    """Bounding boxes in pixels of all words that are drawn, tick labels and axis labels included."""
    renderer = fig.canvas.get_renderer()
    fig.draw(renderer)
    texts = [t for ax in fig.axes for t in _texts(ax)]
    shown = [t for t in texts if t.get_visible() and t.get_text().strip() and t.get_gid() != "arrow"]
    limits = {t: (0, ax.get_xlim()) for ax in fig.axes for t in ax.get_xticklabels()}
    limits |= {t: (1, ax.get_ylim()) for ax in fig.axes for t in ax.get_yticklabels()}
    inside = [t for t in shown if t not in limits or _within(t.get_position()[limits[t][0]], limits[t][1])]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in inside]


def _texts(ax):
    """Everything written in an axes; a hidden axis writes nothing."""
    across = [ax.xaxis.label, *ax.get_xticklabels()] if ax.axison else []
    upwards = [ax.yaxis.label, *ax.get_yticklabels()] if ax.axison and ax.yaxis.get_visible() else []
    return [*ax.texts, *across, *upwards]


def assert_words_stand_free(fig):
    drawn = boxes_of_words(fig)
    page = fig.bbox
    for text, box in drawn:
        inside = page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        assert inside, f"{text!r} leaves the page"
    for (one, a), (other, b) in itertools.combinations(drawn, 2):
        # half a pixel for rounding
        apart = a.x1 <= b.x0 + 0.5 or b.x1 <= a.x0 + 0.5 or a.y1 <= b.y0 + 0.5 or b.y1 <= a.y0 + 0.5
        assert apart, f"{one!r} runs into {other!r}"

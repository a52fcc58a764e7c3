"""Made-up estimates for figures, tables and disclosure: no estimator is run here."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import itertools
from types import SimpleNamespace

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


# participation: rows as its estimators give them
FIVE = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
LEVELS = {2: ("short", "long"), 3: ("short", "medium", "long"), 5: FIVE}
STAGES = ("interview_booked", "interview_attended", "any_session_booked", "started", "completed")
COMPONENTS = ("booked", "cancelled_by_person", "cancelled_by_centre", "no_show", "total")
FAMILIES = ("poisson", "negative_binomial", "hurdle_poisson", "hurdle_negative_binomial")
ADJUST = {"crude": [], "age_sex_year": ["bs(age, df=4)", "sex", "C(year)"]}


def made_stages(number=3, *, n=600, lost=50) -> Estimates:
    """A cascade: at each stage `lost` persons drop out, a few less at each upper level."""
    rows, details = [], []
    for place, stage in enumerate(STAGES):
        for measure in ("risk", "transition", "risk_difference", "transition_difference"):
            for j, level in enumerate(LEVELS[number]):
                apart = measure.endswith("difference")
                if not (apart and not j):
                    base, reached = _counts(measure, place, n, lost - 6 * j)
                    below, first = _counts(measure, place, n, lost)
                    value = reached / base - (first / below if apart else 0)
                    row = {"outcome": stage, "model": "crude", "measure": measure, "level": level, "n": base}
                    row |= {"events": reached, "estimate": value, "std_error": 0.01}
                    row |= {"conf_low": value - 0.02, "conf_high": value + 0.02}
                    rows.append(row | ({"reference": LEVELS[number][0]} if apart else {}))
                    beside = {"n_reference": float(below), "events_reference": float(first)}
                    details.append(beside if apart else dict.fromkeys(beside, np.nan))
    context = {"exposure": "education", "stages": list(STAGES), "adjust": {"crude": []}}
    return Estimates(rows, details=pd.DataFrame(details), context=context)


def _counts(measure, place, n, lost):
    base = n if measure.startswith("risk") else n - lost * place
    return base, n - lost * (place + 1)


def made_means(number=3, *, n=540, none=120, models=ADJUST, stratum=None, outcome="sessions_attended") -> Estimates:
    """Means, differences and ratios of sessions attended."""
    rows, details, reference = [], [], LEVELS[number][0]
    for model in models:
        for j, level in enumerate(LEVELS[number]):
            size, mean = n - 40 * j, 4.2 + 0.43 * j
            row = {"outcome": outcome, "model": model, "level": level, "stratum": stratum, "n": size}
            row |= {"events": size - none}
            values = {"mean": (mean, 0.4)} | (
                {"mean_difference": (mean - 4.2, 0.5), "mean_ratio": (mean / 4.2, 0.1)} if j else {}
            )
            for measure, (value, half) in values.items():
                limits = {"estimate": value, "conf_low": value - half, "conf_high": value + half}
                rows.append(
                    row | {"measure": measure} | limits | ({} if measure == "mean" else {"reference": reference})
                )
                known = {} if measure == "mean" else {"n_reference": n, "events_reference": n - none}
                details.append({"total": round(mean * size), "n_reference": np.nan, "events_reference": np.nan} | known)
    context = {"exposure": "education", "outcome": outcome, "adjust": dict(models), "horizon_days": 180}
    return Estimates(rows, details=pd.DataFrame(details), context=context)


def made_components(number=3, *, n=540, no_show=0.08, models=ADJUST) -> Estimates:
    """Contributions to the difference of each level from the first, and shares where the whole is told from nought."""
    rows, details, (reference, *upper) = [], [], LEVELS[number]
    for model in models:
        for j, level in enumerate(upper, 1):
            parts = np.array([0.38, 0.02, -0.01, 0.04]) * j * (1 if model == "crude" else 0.85)
            row = {"model": model, "level": level, "reference": reference, "n": n, "events": n - 90}
            for outcome, value in zip(COMPONENTS, [*parts, parts.sum()], strict=True):
                limits = {"estimate": value, "conf_low": value - 0.35, "conf_high": value + 0.35}
                rows.append(row | {"outcome": outcome, "measure": "contribution"} | limits)
                quantity = {"booked": 6.1, "total": 4.2, "no_show": no_show}.get(outcome, 0.1)
                details.append({"quantity": quantity, "quantity_reference": quantity})
            if parts.sum() > 0.35:
                for outcome, value in zip(COMPONENTS, parts / parts.sum(), strict=False):
                    limits = {"estimate": value, "conf_low": value - 0.3, "conf_high": value + 0.3}
                    rows.append(row | {"outcome": outcome, "measure": "share_of_total"} | limits)
                    details.append({"quantity": np.nan, "quantity_reference": np.nan})
    details = pd.DataFrame(details).assign(n_reference=n, events_reference=n - 100.0)
    context = {"exposure": "education", "outcome": "sessions_attended", "adjust": dict(models), "horizon_days": 180}
    return Estimates(rows, details=details, context=context)


def made_rootogram(observed=(300, 80, 70, 60, 50, 40, 30, 20, 10, 3, 2), *, families=FAMILIES) -> Estimates:
    """Persons observed and expected with 0, 1, 2, ... sessions; the models expect ever more with few."""
    n, rows, details = sum(observed), [], []
    for place, family in enumerate(families):
        for at, count in enumerate(observed):
            row = {"outcome": "sessions_attended", "model": "crude", "level": family, "at": at, "n": n}
            row |= {"events": n - observed[0]}
            rows.append(row | {"measure": "observed_persons", "estimate": count})
            rows.append(row | {"measure": "expected_persons", "estimate": count * (1 + 0.1 * place) + 1.5})
            details += [{"and_more": at == len(observed) - 1}] * 2
    context = {"exposure": "education", "outcome": "sessions_attended", "horizon_days": 180, "adjust": {"crude": []}}
    return Estimates(rows, details=pd.DataFrame(details), context=context)


def made_fits(*, models=ADJUST, families=FAMILIES, n=665, zeros=300) -> Estimates:
    """How four count models fit."""
    rows = []
    for model in models:
        row = {"outcome": "sessions_attended", "model": model, "n": n, "events": n - zeros}
        rows.append(row | {"measure": "zeros_observed", "estimate": zeros / n})
        for place, family in enumerate(families):
            values = {"aic": 4000.4 - 100 * place, "log_likelihood": -1990.2, "dispersion": 2.345 - 0.5 * place}
            values |= {"zeros_expected": zeros / n - 0.1 + 0.03 * place}
            rows += [row | {"measure": measure, "level": family, "estimate": v} for measure, v in values.items()]
    context = {"exposure": "education", "outcome": "sessions_attended", "adjust": dict(models)}
    return Estimates(rows, context=context | {"refused": {}})


@pytest.fixture
def attendance() -> SimpleNamespace:
    """Factories: stages, means, components, rootogram, fits."""
    return SimpleNamespace(
        stages=made_stages,
        means=made_means,
        components=made_components,
        rootogram=made_rootogram,
        fits=made_fits,
    )


# the effect: rows as its estimators give them
RUNGS = ("complete_cases", "weights", "mixed_model", "imputation", "jump_to_baseline", "delta_dropouts")
RUNGS = (*RUNGS, "delta_never_given")
CHANGES = {"exposure": "education", "outcome": "change", "analysis": "change", "scale": "QL2"}


def _change_row(measure, level, estimate, half, counts, **more):
    limits = {"std_error": half / 1.98, "conf_low": estimate - half, "conf_high": estimate + half}
    known = {"outcome": "change", "measure": measure, "level": level, "estimate": estimate, **limits}
    return known | dict(zip(("n", "events"), counts, strict=True)) | more


def made_ladder(number=3, *, n=400, both=150, counts=None, rungs=RUNGS, model="full", terms=("age", "sex"), **context):
    """Means and differences on each rung; `counts`: level -> (persons, those with both scores)."""
    counts = counts or {level: (n - 40 * j, both + 10 * j) for j, level in enumerate(LEVELS[number])}
    rows, details, (reference, *_) = [], [], counts
    for place, rung in enumerate(rungs):
        means = {level: 8.1 - 1.3 * (place >= 4) - 0.2 * place + 2.2 * j for j, level in enumerate(counts)}
        for measure in ("mean", "mean_difference"):
            for level in counts:
                apart = measure == "mean_difference"
                if apart and level == reference:
                    continue
                seen = [(counts[k][rung == "complete_cases"], counts[k][1]) for k in (level, reference)]
                value = means[level] - means[reference] * apart
                same = {"model": model, "stratum": f"handling={rung}"} | ({"reference": reference} if apart else {})
                rows.append(_change_row(measure, level, value, 1.9 + 0.3 * place, seen[0], **same))
                beside = dict(zip(("n_reference", "events_reference"), seen[1], strict=True)) if apart else {}
                beside |= {"df": 430.4} | ({"fmi": 0.52, "lambda": 0.51, "m": 60} if place > 2 else {})
                details.append(beside)
    diagnostics = {f"rows_used.{rung}": sum(c[rung == "complete_cases"] for c in counts.values()) for rung in rungs}
    diagnostics |= {"effective_n.weights": 211.4, "paired.weights": sum(pairs for _, pairs in counts.values())}
    return Estimates(
        rows,
        details=pd.DataFrame(details),
        diagnostics=diagnostics,
        context=CHANGES | {"adjust": {model: list(terms)}, "stratum": "handling"} | context,
    )


def made_tipping(number=3, *, base=2.4, share=(0.6, 0.5), deltas=range(-20, 21, 5), counts=(360, 160), **context):
    """A tipping map of every upper level, and its tips in closed form."""
    reference, *upper = LEVELS[number]
    rows, details = [], []
    for j, level in enumerate(upper):
        same = {"model": "full", "level": level, "reference": reference, "n": counts[0], "events": counts[1]}
        estimate = base + 0.8 * j
        for other in deltas:
            for own in deltas:
                value = estimate + share[1] * own - share[0] * other
                here = {"at": own, "stratum": f"delta_reference={other:g}", "model": "full", "reference": reference}
                rows.append(_change_row("mean_difference", level, value, 3.1, counts, **here))
        for outcome, tip in {"zero": -estimate / share[1], "interval": 1.4, "mid": np.nan}.items():
            rows.append(same | {"outcome": outcome, "measure": "tipping_delta", "estimate": tip})
    details = pd.DataFrame({"shift": share[1], "n_reference": 400, "events_reference": 150.0}, index=range(len(rows)))
    about = {"adjust": {"full": ["age", "sex"]}, "stratum": "delta_reference", "population": "due_at_followup"}
    return Estimates(rows, details=details, context=CHANGES | about | {"among": "all", "mid": 5.0} | context)


def made_balance(*, n=900, answered=300, few=None) -> Estimates:
    """Standardised differences before and after weighting, with the counts of each category beside them.

    `few`: how many of those who answered are in the last category.
    """
    found = {("age", None): (0.32, None), ("sex", "female"): (0.18, 180), ("sex", "male"): (-0.18, 120)}
    found |= {("diagnosis_group", "breast"): (0.2, 150), ("diagnosis_group", "lung"): (0.11, 100)}
    found |= {("diagnosis_group", "colorectal"): (-0.02, 50 if few is None else few)}
    rows, details = [], []
    for (outcome, level), (value, inside) in found.items():
        for model, times in (("unweighted", 1.0), ("weighted", 0.22)):
            row = {"outcome": outcome, "level": level, "model": model, "measure": "standardised_difference"}
            rows.append(row | {"estimate": value * times, "n": answered})
            details.append({} if level is None else {"in_category": 3 * inside, "in_category_responded": inside})
    diagnostics = {"effective_n": 251.2, "responders": answered, "missing.age": 2}
    return Estimates(rows, details=pd.DataFrame(details), diagnostics=diagnostics, context={"responded": "both"})


def made_rates(number=3, *, sizes=None, died=30, done=(210, 120)) -> Estimates:
    """Completion and available rates of two occasions, of everybody and by level; `sizes`: persons of each level."""
    sizes = sizes or {level: 400 - 40 * j for j, level in enumerate(LEVELS[number])}
    rows = []
    for place, occasion in enumerate(("baseline", "follow_up")):
        due = {level: n - died * place for level, n in sizes.items()}
        back = {level: min(n, done[place] + 10 * j) for j, (level, n) in enumerate(due.items())}
        for measure, bases in (("completion_rate", due), ("available_rate", sizes)):
            for level in (None, *sizes):
                base, events = (sum(v.values()) if level is None else v[level] for v in (bases, back))
                share = events / base
                row = {"outcome": occasion, "model": "crude", "measure": measure, "level": level, "n": base}
                row |= {"events": events, "estimate": share, "conf_low": share - 0.05, "conf_high": share + 0.05}
                rows.append(row)
    diagnostics = {"rows": sum(sizes.values()), "exposure_missing": 0, "returned_not_due.follow_up": 2}
    return Estimates(rows, diagnostics=diagnostics, context={"exposure": "education"})


def made_bounds(number=3, *, counts=None) -> Estimates:
    """Lowest and highest possible means and differences."""
    counts = counts or {level: (400 - 40 * j, 150 + 10 * j) for j, level in enumerate(LEVELS[number])}
    reference, *_ = counts
    rows, details = [], []
    for j, (level, seen) in enumerate(counts.items()):
        for measure, value in (("lowest_mean", -31.2 + j), ("highest_mean", 44.8 + j)):
            rows.append(_change_row(measure, level, value, np.nan, seen, model="crude"))
            details.append({})
    for level in list(counts)[1:]:
        for measure, value in (("lowest_difference", -70.1), ("highest_difference", 74.9)):
            rows.append(_change_row(measure, level, value, np.nan, counts[level], model="crude", reference=reference))
            details.append(dict(zip(("n_reference", "events_reference"), counts[reference], strict=True)))
    context = CHANGES | {"adjust": {"crude": []}, "population": "due_at_followup"}
    return Estimates(rows, details=pd.DataFrame(details), context=context)


@pytest.fixture
def effect() -> SimpleNamespace:
    """Factories: ladder, tipping, balance, rates, bounds."""
    return SimpleNamespace(
        ladder=made_ladder, tipping=made_tipping, balance=made_balance, rates=made_rates, bounds=made_bounds
    )

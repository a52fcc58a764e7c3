"""Does education decide who gets cancer rehabilitation, who turns up, and who gets better?

The vocabulary, in the order of an analysis: read an extract, make the cohort, estimate, show. Every estimate is an
`Estimates`; every figure and table takes one.
"""

from rehab_stats.calendar import Deadline, periods, working_day_after, working_days
from rehab_stats.estimate.access.counted_route import counted_route
from rehab_stats.estimate.access.e_values import e_value
from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.estimate.access.inequality import concentration_index, group_inequality, slope_indices
from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.access.modifiers import by_modifier
from rehab_stats.estimate.access.rankings import inequality_indices
from rehab_stats.estimate.access.strata import by_stratum
from rehab_stats.estimate.change.beyond import share_beyond
from rehab_stats.estimate.change.bounds import change_bounds
from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.ladder import change_ladder
from rehab_stats.estimate.change.sizes import (
    detectable,
    detectable_change,
    detectable_difference,
    standardised_response,
)
from rehab_stats.estimate.change.tipping import tipping_point
from rehab_stats.estimate.counts.attendance import rate_ratios, standardised_means
from rehab_stats.estimate.counts.count_fit import count_fits, rootogram
from rehab_stats.estimate.counts.hurdle import hurdle
from rehab_stats.estimate.describe import descriptives
from rehab_stats.estimate.missing.balance import weight_balance
from rehab_stats.estimate.missing.completion import completion_rates
from rehab_stats.estimate.missing.imputation import impute
from rehab_stats.estimate.missing.pooling import pool
from rehab_stats.estimate.missing.response import narrowed_target, response_weights
from rehab_stats.estimate.model.attempt import model_by_model, where_possible
from rehab_stats.estimate.model.small_levels import with_enough_persons
from rehab_stats.estimate.monitoring.charts import p_chart, run_chart
from rehab_stats.estimate.monitoring.coverage import coverage, expected_need
from rehab_stats.estimate.monitoring.deadlines import (
    deadline_outcome,
    deadline_rows,
    deadline_share,
    deadline_standing,
    waiting_incidence,
)
from rehab_stats.estimate.monitoring.equity import coverage_equity, indicator_equity
from rehab_stats.estimate.monitoring.funnel import funnel, funnel_limits, funnel_lines, overdispersion
from rehab_stats.estimate.monitoring.indicators import (
    deadline_equity,
    deadline_shares,
    deadline_waits,
    each_deadline,
    overdue,
    shortest_limits,
    stack_known,
    units_and_all,
)
from rehab_stats.estimate.monitoring.mix import decline_reasons, municipality_flow, source_mix
from rehab_stats.estimate.monitoring.shares import (
    experience_shares,
    favourable_answers,
    indicator_share,
    rows_from_counts,
)
from rehab_stats.estimate.monitoring.started import before_after
from rehab_stats.estimate.participation.cascade import cascade
from rehab_stats.estimate.participation.components import attendance_components
from rehab_stats.estimate.pathway.changes import (
    at_least,
    like_group,
    like_level,
    most_systematic,
    named_scenarios,
    set_to,
)
from rehab_stats.estimate.pathway.decomposition import pathway, pathway_slope
from rehab_stats.estimate.pathway.scenarios import scenario
from rehab_stats.estimate.pathway.unmeasured import unmeasured_cause
from rehab_stats.estimate.survival.censoring import censoring_weights, outcome_by
from rehab_stats.estimate.survival.horizons import risks_by_horizon
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.estimate.survival.proportionality import proportional_hazards
from rehab_stats.estimate.survival.restricted_means import restricted_means
from rehab_stats.estimate.survival.standardised_incidence import standardised_incidence
from rehab_stats.extract.cohort.access import Cohort, access_cohort
from rehab_stats.extract.cohort.adjustment import (
    AXES,
    FINER_COLUMNS,
    RANKED_AXES,
    access_adjustment,
    effect_adjustment,
    participation_adjustment,
    pathway_adjustment,
)
from rehab_stats.extract.cohort.counts import access_from_counts
from rehab_stats.extract.cohort.effect import EffectCohort, effect_cohort
from rehab_stats.extract.cohort.monitoring import MonitoringCohort, monitoring_cohort
from rehab_stats.extract.cohort.participation import ParticipationCohort, participation_cohort
from rehab_stats.extract.cohort.pathway import PathwayCohort, pathway_cohort
from rehab_stats.extract.cohort.printed_deadlines import printed_deadlines
from rehab_stats.extract.contract import ContractError, Extract
from rehab_stats.extract.files.pseudonyms import pseudonymise
from rehab_stats.extract.files.reader import SIX_MUNICIPALITIES, check_extract, load_extract
from rehab_stats.extract.instruments import find_scale, score_items
from rehab_stats.extract.mismatches import inconsistencies
from rehab_stats.extract.pilot import pilot_flow
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.extract.published import load_published, published_estimates, reconcile
from rehab_stats.extract.published_files import published_checksum
from rehab_stats.extract.synthetic.answer_key import load_answer_key
from rehab_stats.extract.synthetic.effect_frames import simulate_effect
from rehab_stats.extract.synthetic.pathway_frames import simulate_pathway
from rehab_stats.extract.synthetic.simulate import SCENARIOS, simulate_extract, write_extract
from rehab_stats.rank import ridits
from rehab_stats.report.agreement import agreement, beside_printed, load_reference
from rehab_stats.report.balance_chart import plot_balance
from rehab_stats.report.captions import caption
from rehab_stats.report.cascade_chart import plot_cascade
from rehab_stats.report.components_chart import plot_components
from rehab_stats.report.contents import contents, findings
from rehab_stats.report.disclosure import protect
from rehab_stats.report.effect_tables import bounds_table, completion_table, ladder_table, tipping_table
from rehab_stats.report.evidence_map import evidence_caption, plot_evidence_map
from rehab_stats.report.evidence_tables import (
    centre_measures_table,
    deadlines_table,
    evidence_sentences,
    inconsistencies_table,
    initiatives_table,
    principles_table,
    recommendations_table,
    target_groups_table,
)
from rehab_stats.report.figures import plot_flow, plot_forest, plot_measures, plot_risks, save_figure
from rehab_stats.report.funnel_chart import plot_funnel
from rehab_stats.report.incidence_chart import plot_incidence
from rehab_stats.report.indicator_sheet import indicator_sheet, overview_table
from rehab_stats.report.inside_lists import inside_lists
from rehab_stats.report.interaction_chart import plot_interaction
from rehab_stats.report.ladder_chart import plot_ladder
from rehab_stats.report.means_chart import plot_means
from rehab_stats.report.monitoring_tables import (
    composition_table,
    coverage_table,
    flow_matrix,
    offers_table,
    pilot_table,
    standing_table,
)
from rehab_stats.report.page import save_page
from rehab_stats.report.participation_tables import cascade_table, components_table, count_fit_table, means_table
from rehab_stats.report.pathway_chart import plot_pathway
from rehab_stats.report.pathway_tables import pathway_table, readings_table
from rehab_stats.report.period_chart import plot_before_after, plot_p_chart, plot_run_chart
from rehab_stats.report.phrases import levels_left_out
from rehab_stats.report.planted_table import planted_table
from rehab_stats.report.provenance import provenance
from rehab_stats.report.registration_table import registration_table
from rehab_stats.report.rootogram_chart import plot_rootogram
from rehab_stats.report.route_table import counted_route_table
from rehab_stats.report.scale_table import detectable_table, target_narrowed, threshold_table
from rehab_stats.report.scenario_chart import plot_scenarios
from rehab_stats.report.scenario_table import scenario_table
from rehab_stats.report.summary_tables import inequality_table, interaction_table, measures_table
from rehab_stats.report.tables import descriptive_table, flow_table, gradient_table, published_table
from rehab_stats.report.tipping_chart import plot_tipping
from rehab_stats.report.truth import beside_truth
from rehab_stats.report.unmeasured_chart import plot_unmeasured
from rehab_stats.report.workbook import save_workbook
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates
from rehab_stats.words import label

__all__ = [
    "AXES",
    "FINER_COLUMNS",
    "RANKED_AXES",
    "SCENARIOS",
    "SIX_MUNICIPALITIES",
    "TIDY_COLUMNS",
    "Cohort",
    "ContractError",
    "Deadline",
    "Delta",
    "EffectCohort",
    "Estimates",
    "Extract",
    "MonitoringCohort",
    "ParticipationCohort",
    "PathwayCohort",
    "access_adjustment",
    "access_cohort",
    "access_from_counts",
    "agreement",
    "at_least",
    "attendance_components",
    "before_after",
    "beside_printed",
    "beside_truth",
    "bounds_table",
    "by_modifier",
    "by_stratum",
    "caption",
    "cascade",
    "cascade_table",
    "censoring_weights",
    "centre_measures_table",
    "change_bounds",
    "change_ladder",
    "check_extract",
    "completion_rates",
    "completion_table",
    "components_table",
    "composition_table",
    "concentration_index",
    "contents",
    "count_fit_table",
    "count_fits",
    "counted_route",
    "counted_route_table",
    "coverage",
    "coverage_equity",
    "coverage_table",
    "cumulative_incidence",
    "deadline_equity",
    "deadline_outcome",
    "deadline_rows",
    "deadline_share",
    "deadline_shares",
    "deadline_standing",
    "deadline_waits",
    "deadlines_table",
    "decline_reasons",
    "descriptive_table",
    "descriptives",
    "detectable",
    "detectable_change",
    "detectable_difference",
    "detectable_table",
    "e_value",
    "each_deadline",
    "effect_adjustment",
    "effect_cohort",
    "evidence_caption",
    "evidence_sentences",
    "expected_need",
    "experience_shares",
    "favourable_answers",
    "find_scale",
    "findings",
    "flow_matrix",
    "flow_table",
    "funnel",
    "funnel_limits",
    "funnel_lines",
    "gradient_table",
    "group_inequality",
    "hazard_ratios",
    "hurdle",
    "impute",
    "inconsistencies",
    "inconsistencies_table",
    "indicator_equity",
    "indicator_share",
    "indicator_sheet",
    "inequality_indices",
    "inequality_table",
    "initiatives_table",
    "inside_lists",
    "interaction",
    "interaction_table",
    "label",
    "ladder_table",
    "levels_left_out",
    "like_group",
    "like_level",
    "load_answer_key",
    "load_extract",
    "load_printed_list",
    "load_published",
    "load_reference",
    "mean_change",
    "means_table",
    "measures_table",
    "model_by_model",
    "monitoring_cohort",
    "most_systematic",
    "municipality_flow",
    "named_scenarios",
    "narrowed_target",
    "odds_ratios",
    "offers_table",
    "outcome_by",
    "overdispersion",
    "overdue",
    "overview_table",
    "p_chart",
    "participation_adjustment",
    "participation_cohort",
    "pathway",
    "pathway_adjustment",
    "pathway_cohort",
    "pathway_slope",
    "pathway_table",
    "periods",
    "pilot_flow",
    "pilot_table",
    "planted_table",
    "plot_balance",
    "plot_before_after",
    "plot_cascade",
    "plot_components",
    "plot_evidence_map",
    "plot_flow",
    "plot_forest",
    "plot_funnel",
    "plot_incidence",
    "plot_interaction",
    "plot_ladder",
    "plot_means",
    "plot_measures",
    "plot_p_chart",
    "plot_pathway",
    "plot_risks",
    "plot_rootogram",
    "plot_run_chart",
    "plot_scenarios",
    "plot_tipping",
    "plot_unmeasured",
    "pool",
    "principles_table",
    "printed_deadlines",
    "proportional_hazards",
    "protect",
    "provenance",
    "pseudonymise",
    "published_checksum",
    "published_estimates",
    "published_table",
    "rate_ratios",
    "readings_table",
    "recommendations_table",
    "reconcile",
    "registration_table",
    "response_weights",
    "restricted_means",
    "ridits",
    "risks_by_horizon",
    "rootogram",
    "rows_from_counts",
    "run_chart",
    "save_figure",
    "save_page",
    "save_workbook",
    "scenario",
    "scenario_table",
    "score_items",
    "set_to",
    "share_beyond",
    "shortest_limits",
    "simulate_effect",
    "simulate_extract",
    "simulate_pathway",
    "slope_indices",
    "source_mix",
    "stack_known",
    "standardised_incidence",
    "standardised_means",
    "standardised_response",
    "standardised_risks",
    "standing_table",
    "target_groups_table",
    "target_narrowed",
    "threshold_table",
    "tipping_point",
    "tipping_table",
    "units_and_all",
    "unmeasured_cause",
    "waiting_incidence",
    "weight_balance",
    "where_possible",
    "with_enough_persons",
    "working_day_after",
    "working_days",
    "write_extract",
]

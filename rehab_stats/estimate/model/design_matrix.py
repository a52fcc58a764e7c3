"""Formulaic terms -> a model matrix over covariate patterns: the distinct combinations of raw covariates.

A million persons with the same few thousand combinations of age, sex, year, ... need a matrix of a few thousand rows
and one integer a person. The numbers are those of the matrix built row by row (tested to 1e-8): whatever a term learns
from the data (spline knots, means) is learned on the rows, and a term that is not known to work value by value is
built on the rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import formulaic
import numpy as np
import pandas as pd
from formulaic.errors import FormulaicError
from formulaic.transforms import TRANSFORMS

ELEMENTWISE = {"C", "I", "log", "log10", "log2", "exp", "exp10", "exp2", "contr"}
ELEMENTWISE_NUMPY = {"abs", "cbrt", "cos", "exp", "expm1", "log", "log10", "log1p", "log2", "sign", "sin", "sqrt"}
LEARNED_ON_ROWS = {"bs", "cc", "cr", "cs", "center", "poly", "scale", "standardize"}
VALUE_BY_VALUE_SYNTAX = (
    ast.Expression, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.BinOp,
    ast.UnaryOp, ast.Compare, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip


@dataclass(frozen=True)
class Design:
    """A model matrix over covariate patterns.

    Attributes
    ----------
    matrix : (patterns, columns)
        Every column but the intercept is centred at its mean over the rows, so that years and cubes of ages stay well
        conditioned. Only the meaning of the intercept changes.
    index : (rows,)
        The pattern of each row: `matrix[index]` is the matrix row by row.
    names : the columns, as formulaic writes them (`education[T.long]`).
    terms : term -> positions of its columns (the intercept left out).
    centre : (columns,), what was subtracted.
    """

    matrix: np.ndarray
    index: np.ndarray
    names: tuple[str, ...]
    terms: Mapping[str, list[int]]
    centre: np.ndarray

    @property
    def patterns(self) -> int:
        """How many covariate patterns there are."""
        return len(self.matrix)

    def per_pattern(self, values: np.ndarray) -> np.ndarray:
        """Sum a number per row over the rows of each pattern."""
        return np.bincount(self.index, weights=values, minlength=self.patterns)


def term_variables(terms: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The data columns that formulaic terms use, in order of appearance.

    A name that is neither in `columns` nor a function of formulaic is returned too: the caller refuses it by name.
    formulaic's own `required_variables` cannot be used: it overlooks what stands inside `bs()`, `poly()`, `center()`.
    Raises ValueError when a term cannot be read or names no column.
    """
    found: list[str] = []
    for term in terms:
        names = _variables(_factors(term), columns)
        if not names:
            raise ValueError(f"adjust: the term {term!r} names no column")
        found += names
    return list(dict.fromkeys(found))


def covariate_patterns(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The pattern of each row, and the position of the first row of each pattern; no cell may be missing."""
    code, size = np.zeros(len(frame), dtype=np.int64), 1
    for column in frame:
        values, distinct = pd.factorize(frame[column])
        if size * len(distinct) >= 2**62:
            code, kept = pd.factorize(code)
            size = len(kept)
        code = code * len(distinct) + values
        size *= len(distinct)
    index, distinct = pd.factorize(code)
    first = np.empty(len(distinct), dtype=np.int64)
    first[index[::-1]] = np.arange(len(frame))[::-1]
    return index, first


def build_design(frame: pd.DataFrame, *, exposure: str, terms: Sequence[str], intercept: bool = True) -> Design:
    """The design of `1 + exposure + terms` on complete rows.

    Parameters
    ----------
    frame : DataFrame
        One row per observation, nothing missing; columns numeric or Categorical without unused categories. The first
        category of `exposure` is its reference.
    exposure, terms
        A column, and formulaic terms that do not contain it.
    intercept : bool
        False leaves the column of ones out of the matrix (Cox models), with the coding of categories unchanged.

    Raises
    ------
    ValueError
        A term that cannot be computed, that removes the intercept, or that gives a value which is not finite.
    """
    formula = formulaic.Formula(" + ".join(["1", f"`{exposure}`", *(f"({term})" for term in terms)]))
    expressions = [f.expr for t in formula for f in t.factors if f.eval_method.value == "python"]
    kinds = {expression: _kind(expression, frame.columns) for expression in expressions}
    if "rows" in kinds.values():
        made = _materialise(formula, frame, {})
        return _centred(made.to_numpy(dtype=float, copy=True), made.model_spec, np.arange(len(frame)), intercept)
    covariates = frame[[exposure, *term_variables(terms, frame.columns)]]
    index, first = covariate_patterns(covariates)
    learned = [expression for expression, kind in kinds.items() if kind == "learned"]
    state = _materialise(formulaic.Formula(["0", *learned]), frame, {}).model_spec.transform_state if learned else {}
    return _centred(*_term_by_term(formula, covariates.iloc[first], state), index, intercept)


def _term_by_term(
    formula: formulaic.Formula, patterns: pd.DataFrame, state: Mapping
) -> tuple[np.ndarray, formulaic.ModelSpec]:
    """The matrix of the patterns, each term computed once per combination of its own variables and copied out.

    The coding is settled on a few rows that hold every value of every column (a factor has one column: see `_kind`).
    """
    cover = pd.concat([~patterns[column].duplicated() for column in patterns], axis=1).any(axis=1)
    spec = _materialise(formula, patterns[cover.to_numpy()], state).model_spec
    matrix = np.ones((len(patterns), len(spec.column_names)))
    for term, columns in spec.term_indices.items():
        variables = _variables(term.factors, patterns.columns)
        if variables:
            place, first = covariate_patterns(patterns[variables])
            matrix[:, columns] = _evaluated(spec.subset([term]), patterns.iloc[first]).to_numpy(dtype=float)[place]
    return matrix, spec


def _materialise(formula: formulaic.Formula, frame: pd.DataFrame, state: Mapping) -> formulaic.ModelMatrix:
    spec = formulaic.ModelSpec(formula=formula, transform_state=dict(state), na_action="ignore", output="pandas")
    return _evaluated(spec, frame)


def _evaluated(spec: formulaic.ModelSpec, frame: pd.DataFrame) -> formulaic.ModelMatrix:
    try:
        with np.errstate(all="ignore"):  # a value that is not finite is refused by name below
            return spec.get_model_matrix(frame, context={})
    except (FormulaicError, TypeError, ValueError) as error:
        raise ValueError(f"adjust cannot be computed: {' '.join(str(error).split())}") from error


def _centred(matrix: np.ndarray, spec: formulaic.ModelSpec, index: np.ndarray, intercept: bool) -> Design:
    terms = {str(term): list(columns) for term, columns in spec.term_indices.items()}
    if terms.pop("1", None) != [0]:
        raise ValueError("adjust removes the intercept (0 or -1), which these models need")
    names = tuple(map(str, spec.column_names))
    bad = [name for name, finite in zip(names, np.isfinite(matrix).all(axis=0), strict=True) if not finite]
    if bad:
        raise ValueError(f"adjust gives values that are missing or infinite in {', '.join(bad)}")
    counts = np.bincount(index, minlength=len(matrix))
    centre = counts @ matrix / counts.sum()
    centre[0] = 0.0
    matrix -= centre
    if not intercept:
        matrix, names, centre = matrix[:, 1:], names[1:], centre[1:]
        terms = {term: [column - 1 for column in columns] for term, columns in terms.items()}
    return Design(np.ascontiguousarray(matrix), index, names, terms, centre)


def _factors(term: str) -> list:
    try:
        formula = formulaic.Formula(f"1 + ({term})")
        return [factor for part in formula for factor in part.factors]
    except (FormulaicError, SyntaxError, AttributeError, TypeError) as error:
        raise ValueError(f"adjust: the term {term!r} cannot be read as a formula") from error


def _variables(factors: Iterable, columns: Sequence[str]) -> list[str]:
    found: list[str] = []
    for factor in factors:
        if factor.eval_method.value != "literal":
            found += [factor.expr] if factor.eval_method.value == "lookup" else _names(factor.expr, columns)
    return list(dict.fromkeys(found))


def _tree(expression: str) -> tuple[ast.AST, dict[str, str]]:
    """The syntax tree of a Python factor, and what stands for its back-quoted names."""
    quoted = {f"quoted_name_{i}": name for i, name in enumerate(re.findall(r"`([^`]*)`", expression))}
    for stand_in, name in quoted.items():
        expression = expression.replace(f"`{name}`", stand_in)
    try:
        return ast.parse(expression, mode="eval"), quoted
    except SyntaxError as error:
        raise ValueError(f"adjust: {expression!r} cannot be read as a formula") from error


def _names(expression: str, columns: Sequence[str]) -> list[str]:
    tree, quoted = _tree(expression)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [quoted.get(n.id, n.id) for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
    return [name for name in names if name in columns or name not in TRANSFORMS]


def _kind(expression: str, columns: Sequence[str]) -> str:
    """`pattern` (one column, value by value), `learned` (the same with a state from the rows) or `rows` (the rest)."""
    tree, _ = _tree(expression)
    if len(set(_names(expression, columns))) > 1:
        return "rows"
    learned = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if owner != "contr" and not (owner == "np" and node.attr in ELEMENTWISE_NUMPY):
                return "rows"
        elif not isinstance(node, VALUE_BY_VALUE_SYNTAX):
            return "rows"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in ELEMENTWISE | LEARNED_ON_ROWS:
                return "rows"
            learned |= node.func.id in LEARNED_ON_ROWS
    return "learned" if learned else "pattern"

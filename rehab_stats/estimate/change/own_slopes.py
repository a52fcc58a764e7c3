"""Products of the exposure with a covariate: a slope of its own at every level, in models whose levels are compared.

With X_t the columns of a term t, centred over the rows, each level a but the reference has the columns 1(a) X_t.
Averaged over the rows as if everybody had level a, they are 1(a) times the average of X_t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import formulaic
import numpy as np

from rehab_stats.estimate.model.design_matrix import Design, term_variables
from rehab_stats.estimate.model.sample import WrongCall


def split_products(
    terms: Sequence[str], *, exposure: str, columns: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The terms that are no product of the exposure with one other factor, and each product -> that factor.

    A term that holds the exposure in any other way stays among the first, where it is refused.
    """
    plain, products = [], {}
    for term in terms:
        factor = _partner(term, exposure, columns) if exposure in term_variables([term], columns) else None
        if factor is None:
            plain.append(term)
        else:
            products[term] = factor
    return tuple(plain), products


def factors_alone(terms: Sequence[str], *, exposure: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The terms with the factor of each product in the product's place, each once."""
    plain, products = split_products(terms, exposure=exposure, columns=columns)
    return tuple(dict.fromkeys([*plain, *(_written(factor, columns) for factor in products.values())]))


def with_products(design: Design, *, exposure: str, products: Mapping[str, str]) -> Design:
    """The design with the columns 1(level) X_t of each product behind its own, level by level.

    Raises WrongCall on a product whose factor is no term of the design: its slope at the reference would be nought.
    """
    absent = [f"{product} without {factor}" for product, factor in products.items() if factor not in design.terms]
    if absent:
        raise WrongCall(f"adjust has {absent[0]}: name both, so that the reference level has a slope too")
    exposed = design.terms[exposure]
    here = design.matrix[:, exposed] + design.centre[exposed]
    blocks, names, terms = [design.matrix], list(design.names), dict(design.terms)
    for product, factor in products.items():
        own = design.terms[factor]
        blocks.append((here[:, :, None] * design.matrix[:, None, own]).reshape(len(here), -1))
        terms[product] = list(range(len(names), len(names) + len(exposed) * len(own)))
        names += [f"{design.names[level]}:{design.names[column]}" for level in exposed for column in own]
    return replace(
        design,
        matrix=np.ascontiguousarray(np.hstack(blocks)),
        names=tuple(names),
        terms=terms,
        centre=np.concatenate([design.centre, np.zeros(len(names) - len(design.centre))]),
    )


def _partner(term: str, exposure: str, columns: Sequence[str]) -> str | None:
    """The factor that stands in a product with the exposure, as a design names it; None if the term is another."""
    parts = [part for part in formulaic.Formula(f"1 + ({term})") if str(part) != "1"]
    factors = list(parts[0].factors) if len(parts) == 1 else []
    others = [factor.expr for factor in factors if factor.expr != exposure]
    if len(factors) != 2 or len(others) != 1 or exposure in term_variables([_written(others[0], columns)], columns):
        return None
    return others[0]


def _written(factor: str, columns: Sequence[str]) -> str:
    """A factor as a term: names of columns that are no words of Python stand in back quotes."""
    return f"`{factor}`" if factor in columns and not factor.isidentifier() else factor

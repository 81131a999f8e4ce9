"""How strong hidden confounding would have to be to explain an estimate away; separate because it is no measure of error."""

from __future__ import annotations

import math


def e_value(risk_ratio: float) -> float:
    """The least association, as a risk ratio with treatment and with outcome, that explains a risk ratio away.

    RR + sqrt(RR (RR - 1)), with 1 / RR for RR below 1. At least 1; 1 where nothing needs explaining. Risk ratios are
    kept within a billion, either way.

    Source: VanderWeele and Ding 2017, Annals of Internal Medicine 167:268-274.

    Example:
        >>> round(e_value(3.9), 1)
        7.3
    """
    kept = min(max(risk_ratio, 1e-9), 1e9)
    ratio = max(kept, 1 / kept)
    return ratio + math.sqrt(ratio * (ratio - 1))


def risk_ratio_of_difference(difference: float, base_risk: float) -> float:
    """(p0 + d) / p0 for a risk difference d, with the risk kept from 0: p0 + d is at least a thousandth of p0."""
    return max(base_risk + difference, base_risk / 1000) / base_risk


def risk_ratio_of_mean(difference: float, sd: float) -> float:
    """exp(.91 d / sd), the risk ratio that stands for a difference of means; the exponent within 20.

    Source: VanderWeele and Ding 2017, table 2.
    """
    return math.exp(min(max(0.91 * difference / sd, -20.0), 20.0))

"""The losses against shift as data: name of the method, class, options, title, source.

Separate because two backbones take them: the network on tables, and the one on pictures.
"""

from __future__ import annotations

LOSSES: tuple[tuple[str, str, dict[str, object], str, str], ...] = (
    ("mean-risk-network", "risks.MeanRisk", {}, "Network, mean risk", "Vapnik 1992, NeurIPS."),
    (
        "balanced-network",
        "risks.BalancedRisk",
        {},
        "Network, domains weighted equally",
        "Idrissi et al. 2022, CLeaR.",
    ),
    ("group-dro", "risks.GroupDRO", {}, "Group DRO", "Sagawa et al. 2020, ICLR."),
    ("cvar-dro", "risks.CVaR", {}, "CVaR DRO", "Levy et al. 2020, NeurIPS."),
    ("chi-square-dro", "risks.ChiSquare", {}, "Chi-square DRO", "Levy et al. 2020, NeurIPS."),
    ("irm", "risks.IRM", {}, "IRM", "Arjovsky et al. 2019, arXiv:1907.02893."),
    ("v-rex", "risks.VREx", {}, "V-REx", "Krueger et al. 2021, ICML."),
    ("deep-coral", "alignment.DeepCoral", {}, "Deep CORAL", "Sun and Saenko 2016, ECCV workshops."),
    (
        "mmd-network",
        "alignment.KernelMeans",
        {},
        "Network, kernel means aligned",
        "Long et al. 2015, ICML.",
    ),
    ("dann", "alignment.Adversarial", {}, "DANN", "Ganin et al. 2016, JMLR 17(59)."),
    ("cdan", "alignment.Adversarial", {"conditional": True}, "CDAN", "Long et al. 2018, NeurIPS."),
)

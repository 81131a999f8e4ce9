"""Contracts as classes of tests: a plugin author inherits one, names the plugin, and pytest does the rest.

Separate from the engine because only tests import it. It needs no pytest: a check that does not hold raises
`AssertionError` with a message for the author, and one that does not apply raises `unittest.SkipTest`. carebench
holds its own families, tasks and models to the same classes.

Example:
    A test module of a plugin, whole:

    >>> from carebench import Model
    >>> from carebench.testing import ModelContract
    >>> class TestNaiveBayes(ModelContract):
    ...     model = Model("naive-bayes", families=["mortality"], build="sklearn.naive_bayes.GaussianNB")

    Without pytest, any check can be called by itself:

    >>> TestNaiveBayes().test_same_seed_gives_the_same_bits()
"""

from carebench.testing.expectations import check_names
from carebench.testing.families import FamilyContract
from carebench.testing.models import ModelContract
from carebench.testing.tasks import TaskContract
from carebench.testing.toy import Cohort, cut, simulate, simulate_images, simulate_series

__all__ = [
    "Cohort",
    "FamilyContract",
    "ModelContract",
    "TaskContract",
    "check_names",
    "cut",
    "simulate",
    "simulate_images",
    "simulate_series",
]

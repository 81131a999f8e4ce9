"""carebench: compare machine-learning methods on standard clinical tasks, and publish the result.

These are the public names. A plugin needs no others.
"""

from carebench.errors import CarebenchError, DataAbsent, InvalidAnswer, Unsuited
from carebench.estimators import fit_with_extras, positive_class_answer
from carebench.family import Answer, Family, Figure, Metric, Scores
from carebench.hooks import hookimpl
from carebench.images import Images
from carebench.model import Model
from carebench.places import Place, data_cache, find_data
from carebench.search import Choice, FloatRange, IntRange
from carebench.seeds import derive as derive_seed
from carebench.seeds import order as hashed_order
from carebench.series import Series
from carebench.task import Split, Task, Truth
from carebench.views import numeric_view

__all__ = [
    "Answer",
    "CarebenchError",
    "Choice",
    "DataAbsent",
    "Family",
    "Figure",
    "FloatRange",
    "Images",
    "IntRange",
    "InvalidAnswer",
    "Metric",
    "Model",
    "Place",
    "Scores",
    "Series",
    "Split",
    "Task",
    "Truth",
    "Unsuited",
    "data_cache",
    "derive_seed",
    "find_data",
    "fit_with_extras",
    "hashed_order",
    "hookimpl",
    "numeric_view",
    "positive_class_answer",
]
__version__ = "0.1.0"

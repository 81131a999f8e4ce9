"""Subpopulation shift on WILDS's CivilComments: toxic comments, in the group of people named for which a model is worst.

Separate from the tasks on tables: comments are text, read from the user's folder through `wilds.get_dataset`, and enter as a
hashed bag of words, which every tabular model reads. Groups overlap, since a comment may name several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from carebench import Split, Task, Truth
from carebench_tasks import wilds_adapter
from carebench_tasks.data import files
from carebench_tasks.horizon_task import take
from carebench_tasks.icu import kept
from carebench_tasks.metrics.by_group import AND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Folds = Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]

NAME = "civilcomments"
TABLE = "civilcomments_v1.0/all_data_with_identities.csv"
SIZE = "0.1 GB"
CODE = ("carebench_tasks.shift.civilcomments",)
#: WILDS's eight groups, in its order: the first columns of its metadata.
IDENTITIES = ("male", "female", "LGBTQ", "christian", "muslim", "other_religions", "black", "white")
#: `split` of WILDS.
TRAIN, TEST = 0, 2
WORDS = 256
AT_ONCE = 20_000


class ToxicComments(Task):
    """Is a comment on a news article toxic, among those that name the group for which the model is worst?

    Input: a bag of words of the comment in 256 columns: lower-case words of two letters or more are hashed into a column with a
    sign and counted, and the row is scaled to length 1 (scikit-learn's `HashingVectorizer`). Nothing is learned from
    any text. `domain` tells of each training row which group it names: none, one of the eight, or several.

    Answer: probability that at least half of the raters called it toxic.

    Cohort: comments of Civil Comments as WILDS divides them by article (official split, version 1.0): trained on 269,038, tested
    on 133,782; the 45,180 of its validation take no part. Groups are WILDS's eight: comments that name men, women, LGBTQ,
    Christians, Muslims, other religions, Black or white people. A comment may be in several groups; those that name nobody
    count in the average alone. WILDS's own score is the worst accuracy over group and answer; here it is the
    Brier skill of the worst group. The unit of inference is the article, or the comment where the file names no article.

    Left out: the text itself (read it with `wilds_adapter.open_dataset`), what raters said else, and the groups.

    Source: WILDS 2.0, `civilcomments_v1.0` in the folder `wilds` of one's data, through `wilds.get_dataset`; 0.1 GB to download.
    Comments are hashed once and kept: 0.4 GB.

    Access: open; `wilds.get_dataset("civilcomments", root_dir=..., download=True)`.

    Licence: CC0 1.0.

    Citation: Borkan et al. 2019, WWW companion; Koh et al. 2021, ICML.
    """

    name = "shift/civilcomments"
    family = "shift"
    title = "CivilComments: toxic comments, by whom they name"
    cohort = NAME
    unit = "cluster"
    design = "fixed"
    libraries = ("wilds", "scikit-learn")
    modules = (
        *CODE,
        "carebench_tasks.data.files",
        *(f"carebench_tasks.{name}" for name in ("cohorts.declaration", "folds", "horizon_task", "icu.kept")),
        "carebench_tasks.wilds_adapter",
    )
    flags: ClassVar[tuple[str, ...]] = (
        "needs a data set that the user brings",
        "counts of hashed words stand for the text",
        "groups overlap: a comment may name several",
    )
    source = "WILDS 2.0, civilcomments_v1.0, CC0 1.0, brought by the user"
    citation = (
        "Borkan D, Dixon L, Sorensen J, Thain N, Vasserman L. Nuanced metrics for measuring unintended bias with real data for "
        "text classification. WWW 2019 companion:491-500. Koh PW, Sagawa S, et al. WILDS: a benchmark of in-the-wild "
        "distribution shifts. ICML 2021."
    )

    def fingerprint(self) -> str:
        """SHA-256 of the table of comments; of its name and size, since it is large."""
        return files.fingerprint([f"{wilds_adapter.FOLDER}/{TABLE}"])

    def split(self, seed: int) -> Split:
        """WILDS's training and test comments; whom each training row names is revealed as an integer."""
        del seed
        dataset = opened()
        words = self._words(dataset)
        train, test = (_rows(dataset, part) for part in (TRAIN, TEST))
        named = _named(dataset)[train]
        one = 1 + np.argmax(named, axis=1)
        domain = np.select([named.sum(axis=1) == 0, named.sum(axis=1) == 1], [0, one], len(IDENTITIES) + 1)
        return Split(
            train=take(words, train),
            test=take(words, test),
            reveals={
                "y": dataset.y_array.numpy()[train].astype(np.int8),
                "domain": np.unique(domain, return_inverse=True)[1].astype(np.int16),
            },
        )

    def truth(self, seed: int) -> Truth:
        """Toxicity and groups of the test rows, in their order; the unit is the article."""
        from carebench_tasks.cohorts.declaration import unit_ids

        del seed
        dataset = opened()
        test = _rows(dataset, TEST)
        groups = [_joined(row) for row in _named(dataset)[test]]
        return Truth(
            units=unit_ids(self.cohort, (str(article) for article in _articles(dataset)[test])),
            answers={"event": dataset.y_array.numpy()[test].astype(np.int8), "weight": np.ones(len(test))},
            groups=dict.fromkeys(("group", "eligible"), np.array(groups, dtype=np.str_)),
        )

    def inner_folds(self, split: Split, seed: int) -> Folds | None:
        """Three folds of whole articles, as WILDS divides them."""
        from carebench_tasks.cohorts.declaration import unit_ids

        del split, seed
        dataset = opened()
        articles = _articles(dataset)[_rows(dataset, TRAIN)]
        fold = unit_ids("inner folds", (str(article) for article in articles)) % 3
        return [(np.flatnonzero(fold != part), np.flatnonzero(fold == part)) for part in range(3)]

    def _words(self, dataset: Any) -> pd.DataFrame:
        """The bag of words of every comment, hashed once and kept."""
        import pandas as pd

        made = kept.kept(
            self.cohort,
            kept.code(*CODE)[:16] + self.fingerprint()[:16],
            lambda: {"words": hashed([dataset.get_input(row) for row in range(len(dataset))])},
        )
        return pd.DataFrame(np.asarray(made["words"]), columns=[f"word {number}" for number in range(WORDS)])


def opened() -> Any:
    """WILDS's own data set, from the folder `wilds`."""
    return wilds_adapter.open_own(NAME, SIZE)


def hashed(texts: Sequence[object]) -> NDArray[np.float32]:
    """A bag of words of each text, shape (n, 256), rows of length 1, or 0 where a text has no word."""
    from sklearn.feature_extraction.text import HashingVectorizer

    vectors = HashingVectorizer(n_features=WORDS, dtype=np.float32)
    told = np.empty((len(texts), WORDS), np.float32)
    for start in range(0, len(texts), AT_ONCE):
        part = [str(text) for text in texts[start : start + AT_ONCE]]
        told[start : start + AT_ONCE] = vectors.transform(part).toarray()
    return told


def _rows(dataset: Any, part: int) -> NDArray[np.int64]:
    """The rows of a part, in a hashed order."""
    from carebench_tasks.folds import shuffled

    chosen = np.flatnonzero(np.asarray(dataset.split_array).astype(int) == part)
    return shuffled(chosen, f"order of part {part}", NAME)


def _named(dataset: Any) -> NDArray[np.bool_]:
    """Whom each comment names, shape (n, 8)."""
    return dataset.metadata_array.numpy()[:, : len(IDENTITIES)] == 1  # type: ignore[no-any-return]


def _joined(row: Iterable[bool]) -> str:
    """The groups of a comment in one label.

    Example:
        >>> _joined([True, False, False, True, False, False, False, False])
        'male + christian'
    """
    return AND.join(name for name, named in zip(IDENTITIES, row, strict=True) if named)


def _articles(dataset: Any) -> NDArray[np.generic]:
    """The article of each comment; the comment's own number where the file names none."""
    table = dataset._metadata_df  # noqa: SLF001 - WILDS keeps its table there
    return np.asarray(table.get("article_id", table.index))

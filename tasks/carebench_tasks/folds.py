"""Which patients are tested together: repeated stratified cross-validation by hashing alone.

Separate from the tasks because these few lines pin every split that was ever published. They use integer
arithmetic and SHA-256, never a random number generator, so that no library version moves a patient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import hashed_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 5


def repeat_and_fold(seed: int) -> tuple[int, int]:
    """Repeat and fold that `seed` names: seeds 0 to 4 are the folds of the first repeat, 5 to 9 of the second.

    Example:
        >>> repeat_and_fold(7)
        (1, 2)
    """
    return divmod(seed, FOLDS)


def assign(
    units: NDArray[np.uint64], strata: NDArray[np.int8], *names: str | int, repeat: int
) -> NDArray[np.int64]:
    """The fold of every row, 0 to 4.

    Units are dealt like cards: within each stratum in a hashed order, one to each fold in turn, going on
    where the stratum before ended. Rows of one unit stay together, and a unit belongs to the stratum
    of its first row. Folds therefore differ by at most one unit in size, and by one in each stratum.

    Args:
        units: shape (n,), ids; who is dealt first depends on ids and hash, never on the order of rows.
        strata: shape (n,), small integers, for instance the outcome.
        names: what the split belongs to, for instance task and version.
        repeat: which of the repeated cross-validations.
    """
    ids, first_row, unit_of_row = np.unique(units, return_index=True, return_inverse=True)
    stratum_of_unit = strata[first_row]
    dealt = np.concatenate(
        [
            _shuffled(np.flatnonzero(stratum_of_unit == stratum), *names, repeat, int(stratum))
            for stratum in np.unique(stratum_of_unit)
        ]
    )
    fold_of_unit = np.empty(len(ids), dtype=np.int64)
    fold_of_unit[dealt] = np.arange(len(ids)) % FOLDS
    return np.asarray(fold_of_unit[unit_of_row])


def shuffled(rows: NDArray[np.int64], purpose: str, *names: str | int) -> NDArray[np.int64]:
    """The same rows in an order that tells nothing: hashed, salted with purpose and names."""
    return rows[hashed_order(purpose, *names, size=len(rows))]


def _shuffled(rows: NDArray[np.int64], *names: str | int) -> NDArray[np.int64]:
    return shuffled(rows, "folds", *names)

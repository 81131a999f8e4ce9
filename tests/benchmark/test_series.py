"""Series: what is measured over time is cut, binned, standardised, written and read as it stands, unit by unit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench import Model, Series, Split, inner, numeric_view, splits
from carebench.catalogue import Origin
from carebench.describe import describe_model, describe_task
from carebench.errors import PluginError
from carebench.series_view import check_series, series_view
from carebench.testing import ModelContract, cut, simulate, simulate_series
from tests.carebench_spam.carebench_spam import SpamToy

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = Origin(kind="module", target="tests", name="tests")


def series_of(units: list[list[tuple[float, int, float]]], names: tuple[str, ...] = ("a", "b")) -> Series:
    """A series from (hour, channel, value) of each unit, over four hours."""
    flat = [each for unit in units for each in unit]
    return Series(
        names=names,
        window=4.0,
        starts=np.cumsum([0, *map(len, units)]).astype(np.int64),
        hours=np.array([hour for hour, _, _ in flat], np.float32),
        channels=np.array([channel for _, channel, _ in flat], np.int16),
        values=np.array([value for _, _, value in flat], np.float32),
        static=np.empty((len(units), 0), np.float32),
    )


def split_of(series: Series, test: Series) -> Split:
    """A split with tables of one column beside the series."""
    import pandas as pd

    tables = [pd.DataFrame({"age": np.linspace(50, 70, len(each))}) for each in (series, test)]
    y = np.zeros(len(series), np.int8)
    return Split(train=tables[0], test=tables[1], reveals={"y": y}, train_series=series, test_series=test)


THREE = series_of([[(0.5, 0, 1), (0.75, 0, 3), (2.0, 1, 5)], [], [(4.0, 0, 7)]])


def test_bins_are_means_and_gaps_are_missing() -> None:
    """Two values of an hour are averaged, the window's end belongs to the last hour, all else is NaN."""
    grid = THREE.grid(1.0)
    expected = np.full((3, 4, 2), np.nan)
    expected[0, 0, 0], expected[0, 2, 1], expected[2, 3, 0] = 2, 5, 7
    np.testing.assert_array_equal(grid, expected)
    assert grid.dtype == np.float32
    assert THREE.grid(3.0).shape == (3, 2, 2)
    with pytest.raises(ValueError, match="above 0"):
        THREE.grid(0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 39), max_size=60), st.sampled_from([0.7, 1.0, 6.0, 48.0]))
def test_rows_taken_are_the_rows(rows: list[int], step: float) -> None:
    """Any rows, in any order and as often as named, hold what a loop over the units says."""
    whole = simulate_series(simulate(40))
    some = whole.take(rows)
    assert len(some) == len(rows)
    for place, row in enumerate(rows):
        for name in ("hours", "channels", "values"):
            kept = getattr(some, name)[some.starts[place] : some.starts[place + 1]]
            assert kept.tolist() == getattr(whole, name)[whole.starts[row] : whole.starts[row + 1]].tolist()
    np.testing.assert_array_equal(some.grid(step), whole.grid(step)[np.array(rows, np.intp)])


def test_a_grid_of_many_units_is_filled_in_blocks() -> None:
    """More units than are filled at once give what the same units give one by one."""
    many = simulate_series(simulate(2500))
    some = [0, 1023, 1024, 2047, 2048, 2499]
    np.testing.assert_array_equal(many.grid(6.0)[some], many.take(some).grid(6.0))


def test_values_are_standardised_on_training_measurements() -> None:
    """Each channel has mean 0 and deviation 1 in training; test values follow; what never varied is centred alone."""
    test = series_of([[(1, 0, 3), (2, 1, 6)]])
    pair = series_view(split_of(THREE, test))
    assert pair is not None
    training = np.array([1, 3, 7])
    np.testing.assert_allclose(
        pair.train.values[[0, 1, 3]], (training - training.mean()) / training.std(), rtol=1e-6
    )
    np.testing.assert_allclose(pair.test.values, [(3 - training.mean()) / training.std(), 1], rtol=1e-6)


def test_a_channel_without_training_measurements_says_nothing() -> None:
    """Its test measurements go, and the others keep their units."""
    train = series_of([[(0, 0, 1)], [(0, 0, 2)]])
    pair = series_view(split_of(train, series_of([[(0, 1, 9), (1, 0, 1)], [(2, 1, 9)]])))
    assert pair is not None
    assert pair.test.starts.tolist() == [0, 1, 1]
    assert pair.test.channels.tolist() == [0]


def test_written_and_read_again(tmp_path: Path) -> None:
    """A model of series gets both parts as they were written, with its static columns, and no table."""
    split = cut()
    manifest = splits.write(tmp_path, split, ("surv",), ("age", "sex"), ("age", "sex"))
    made, pair = splits.read(tmp_path, "series"), series_view(split, ("age", "sex"))
    assert pair is not None
    for part, kept in ((made.train, pair.train), (made.test, pair.test)):
        assert (part.names, part.window) == (kept.names, kept.window)
        for name in ("starts", "hours", "channels", "values", "static"):
            np.testing.assert_array_equal(getattr(part, name), getattr(kept, name))
    assert made.train.static.shape == (160, 3)
    assert abs(made.train.static[:, 0].mean()) < 1e-6
    assert {"series.json", "series.test.hours.npy"} <= set(manifest["files"])
    np.testing.assert_array_equal(splits.read(tmp_path, "numeric").train, numeric_view(split, ["surv"]).train)


def test_a_split_without_series_says_so(tmp_path: Path) -> None:
    """No file is written, and who asks for series is told what the task should give."""
    split = replace(cut(), train_series=None, test_series=None)
    splits.write(tmp_path, split, ("surv",), ("age", "sex"))
    assert not list(tmp_path.glob("series*"))
    with pytest.raises(PluginError, match="give train_series and test_series"):
        splits.read(tmp_path, "series")


class Watched(SpamToy):
    """The third party's toy with measurements over time."""

    modalities: ClassVar[tuple[str, ...]] = ("tabular", "series")
    static: ClassVar[tuple[str, ...]] = ("age",)

    def split(self, seed: int) -> Split:
        split = super().split(seed)
        parts = [simulate_series(simulate(len(part))) for part in (split.train, split.test)]
        return replace(split, train_series=parts[0], test_series=parts[1])


def test_inner_splits_cut_series_by_rows_and_standardise_anew(tmp_path: Path) -> None:
    """Each fold holds the measurements of its own rows, with mean 0 and deviation 1 over its own training part."""
    task = Watched()
    split = task.split(0)
    inner.write(tmp_path, task, split, 0)
    assert split.train_series is not None
    lengths = np.diff(split.train_series.starts)
    for number, (fit, held) in enumerate(inner.stratified_folds(split, task.name, task.version, 0)):
        made = splits.read(tmp_path / str(number), "series")
        assert np.diff(made.train.starts).tolist() == lengths[fit].tolist()
        assert np.diff(made.test.starts).tolist() == lengths[held].tolist()
        for channel in (0, 1):
            values = made.train.values[made.train.channels == channel].astype(np.float64)
            np.testing.assert_allclose([values.mean(), values.std()], [0, 1], atol=1e-5)
        assert made.train.static.shape == (len(fit), 1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"hours": np.array([0.5, 0.25, 2, 4], np.float32)}, "hours fall within unit 0"),
        ({"hours": np.array([0.5, 0.75, 2, 5], np.float32)}, "0 to 4 were expected"),
        ({"hours": np.array([0.5, 0.75, np.nan, 4], np.float32)}, "hours run"),
        ({"channels": np.array([0, 0, 2, 0], np.int16)}, "channels run from 0 to 2"),
        ({"values": np.array([1, np.inf, 2, 3], np.float32)}, "finite"),
        ({"values": np.array([1, 2, 3, 4])}, "float32 array"),
        ({"starts": np.array([0, 3, 2, 4])}, "must rise"),
        ({"starts": np.array([0, 3, 4])}, "2 units for 3 rows"),
        ({"names": ("a", "a")}, "a name of its own"),
        ({"static": np.empty((2, 0), np.float32)}, "2 rows of static"),
    ],
)
def test_a_series_out_of_form_is_the_tasks_fault(changed: dict[str, Any], told: str) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(PluginError, match=told):
        check_series(replace(THREE, **changed), 3, "train")


def test_series_of_two_kinds_do_not_meet() -> None:
    """Training and test series share channels and window, and neither stands alone."""
    split = split_of(THREE, THREE)
    with pytest.raises(PluginError, match="channels or window"):
        series_view(replace(split, test_series=replace(THREE, window=5.0)), ())
    with pytest.raises(PluginError, match="one of train and test"):
        series_view(replace(split, test_series=None), ())


class Counting:
    """Risk from the mean of the first channel alone: a sound model of series."""

    def fit(self, X: Series, y: Any) -> Counting:
        self.share = float(np.mean(y))
        return self

    def predict_proba(self, X: Series) -> Any:
        means = np.nan_to_num(X.grid(X.window)[:, 0, 0].astype(np.float64))
        return 1 / (1 + np.exp(-means - np.log(self.share / (1 - self.share))))


COUNTING = Model("counting", families=["mortality"], build=Counting, inputs="series", modality="series")


class TestCounting(ModelContract):
    """The contract of models meets a model of series, and it passes."""

    model: ClassVar[Model] = COUNTING


class Overwriting(Counting):
    """Changes what all models share."""

    def fit(self, X: Series, y: Any) -> Overwriting:
        X.values[:] = 0
        super().fit(X, y)
        return self


def test_the_contract_watches_the_measurements() -> None:
    """A model that overwrites them is caught."""
    contract = ModelContract()
    contract.model = replace(COUNTING, build=Overwriting)  # type: ignore[misc]
    with pytest.raises(AssertionError, match="changed in place"):
        contract.test_inputs_are_left_alone()


def test_the_modality_and_the_view_belong_together() -> None:
    """A model of series declares both, and a task names its modalities in a tuple."""
    with pytest.raises(PluginError, match="of both or of neither"):
        describe_model(replace(COUNTING, modality="tabular"), ORIGIN)
    assert describe_model(COUNTING, ORIGIN).modality == "series"
    assert describe_task(Watched(), ORIGIN).modalities == ["tabular", "series"]
    task = Watched()
    task.__dict__["modalities"] = "series"
    with pytest.raises(PluginError, match="a tuple such as"):
        describe_task(task, ORIGIN)

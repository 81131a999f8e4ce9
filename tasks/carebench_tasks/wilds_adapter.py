"""The one door to WILDS 2.0.0, which has had no release for years: what it needs today, each with its reason.

Separate so that nothing else imports wilds, and that importing it, with torchvision and ogb behind it, happens only where a
data set is asked for. Every process that uses WILDS comes through `prepared` first.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

from carebench import CarebenchError, DataAbsent
from carebench_tasks.data import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The user's data set that holds WILDS's: each in a folder such as `camelyon17_v1.0`.
FOLDER = "wilds"
#: Modules of wilds that bind `avg_over_groups` by name when they are imported.
BINDERS = ("wilds.common.utils", "wilds.common.metrics.metric", "wilds.common.metrics.loss")
#: The operators that torchvision describes to torch although its compiled library did not load.
UNDEFINED = ("nms", "qnms")


@functools.cache
def prepared() -> Any:
    """The package wilds, imported and made to work.

    Raises:
        CarebenchError: when it is not installed.
    """
    if importlib.util.find_spec("wilds") is None:
        raise CarebenchError("wilds is not installed; install it with: pip install 'carebench[shift]'")
    wilds = _without_version_check()
    if importlib.util.find_spec("torch_scatter") is None:
        _take_group_means_from_torch()
    return wilds


def taken(module: str, name: str) -> Any:
    """A class or function of wilds, for instance `taken("datasets.wilds_dataset", "WILDSDataset")`."""
    prepared()
    return getattr(importlib.import_module(f"wilds.{module}"), name)


def open_dataset(name: str, root: Path, **options: Any) -> Any:
    """A data set of WILDS itself, through `wilds.get_dataset`, from a user's folder; nothing is downloaded.

    Of WILDS's data sets `camelyon17` and `civilcomments` are tasks of the boards of shift, which ask for the risk of one event.
    Three that load all the same are none: `rxrx1` asks which of 1,139 treatments a picture of cells shows and `iwildcam` which of
    182 kinds of animal, so there is no event, and `poverty` for a wealth index, a regression: Brier skill, calibration and
    prevalence, which rank these boards, are not defined for them. Their own `eval` scores them.

    Args:
        name: as WILDS calls it, for instance `camelyon17`, `rxrx1`, `civilcomments`, `poverty` or `iwildcam`.
        root: the folder that holds WILDS's data sets.
        options: further arguments of `wilds.get_dataset`.

    Raises:
        DataAbsent: when it is not there, saying how large the download is and how to make it.
    """
    wilds = prepared()
    _load_torchvision()
    with NEEDS.get(name, contextlib.nullcontext)():
        try:
            return wilds.get_dataset(name, root_dir=str(root), download=False, **options)
        except FileNotFoundError as error:
            raise DataAbsent(
                f"WILDS's {name} was expected under {root}, and is not there ({_size(name)} to download); get it with: "
                f"wilds.get_dataset({name!r}, root_dir={str(root)!r}, download=True)"
            ) from error


def open_own(name: str, size: str) -> Any:
    """A data set of WILDS from the folder `wilds` of one's data; wilds is not imported where there is none.

    Args:
        name: as WILDS calls it.
        size: of its download, for the message.

    Raises:
        DataAbsent: where it is not there, with its size and how to get it.
    """
    how = (
        f"{name} is {size} to download; get it with: wilds.get_dataset({name!r}, root_dir=FOLDER, download=True), then "
        f"name the folder by `carebench data add {FOLDER} FOLDER`"
    )
    return open_dataset(name, files.place(FOLDER, how).path)


def group_means(values: Any, group: Any, size: int) -> tuple[Any, Any]:
    """Mean of `values` in each of `size` groups, 0 where a group is empty, and the count of each; tensors.

    What `wilds.common.utils.avg_over_groups` gives with torch_scatter.
    """
    import torch

    counts = torch.bincount(group, minlength=size).to(values.device)
    totals = torch.zeros(size, dtype=values.dtype, device=values.device).index_add_(0, group, values)
    return totals / counts.clamp(min=1), counts.float()


def _text_columns_as_objects() -> Any:
    """A context in which pandas 3 infers no text columns of its own: civilcomments writes numbers into them."""
    import pandas as pd

    return pd.option_context("future.infer_string", False)  # noqa: FBT003 - the option's value


@contextlib.contextmanager
def _values_that_may_be_written() -> Iterator[None]:
    """A context in which `Series.values` is a copy: pandas 3 gives a view that rxrx1 may not write into."""
    import pandas as pd

    kept: Any = pd.Series.values
    series: Any = pd.Series
    series.values = property(lambda column: kept.fget(column).copy())
    try:
        yield
    finally:
        series.values = kept


#: What pandas 3 broke, by data set: a context in which it loads.
NEEDS = {"civilcomments": _text_columns_as_objects, "rxrx1": _values_that_may_be_written}


def _without_version_check() -> Any:
    """Import wilds and ogb without `outdated`: both start a thread that asks the network for newer versions.

    Where packets are swallowed, such a thread keeps the process from ever ending.
    """
    absent = object()
    kept = sys.modules.get("outdated", absent)
    sys.modules["outdated"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("wilds")
    finally:
        if kept is absent:
            del sys.modules["outdated"]
        else:
            sys.modules["outdated"] = kept  # type: ignore[assignment]


def _take_group_means_from_torch() -> None:
    """Give wilds group means without torch_scatter, which has no wheel and which it does not declare."""
    for name in BINDERS:
        importlib.import_module(name).avg_over_groups = group_means  # type: ignore[attr-defined]


def _load_torchvision() -> None:
    """Import torchvision where its compiled library does not load, as beside a torch of another build.

    It then describes two operators that were never defined, and fails; they are declared first, without which only
    detection works. Never where it does load: a second declaration ends the process. The data sets' metrics come with it.
    """
    import torch

    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        torch._carebench_operators = _declared_operators()  # type: ignore[attr-defined]  # noqa: SLF001 - kept for as long as torch is
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        importlib.import_module("torchvision")
    metrics = importlib.import_module("wilds.common.metrics.all_metrics")
    if importlib.util.find_spec("torch_scatter") is None:
        metrics.avg_over_groups = group_means  # type: ignore[attr-defined]


def _declared_operators() -> Any:
    import torch

    make: Any = torch.library.Library
    library = make("torchvision", "FRAGMENT")
    for name in UNDEFINED:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def _size(name: str) -> str:
    """How large the newest version's download is, from the data set's own table."""
    module = importlib.import_module(f"wilds.datasets.{name}_dataset")
    versions = [
        each._versions_dict  # noqa: SLF001 - wilds keeps its sizes there
        for each in vars(module).values()
        if hasattr(each, "_versions_dict") and each.__module__ == module.__name__
    ]
    sizes = [held.get("compressed_size") for table in versions for held in table.values()]
    known = [size for size in sizes if size]
    return f"{max(known) / 1e9:.1f} GB" if known else "of unknown size"

"""The figures that a family declares, as numbers with intervals: what is drawn, not where.

Separate from their geometry, so that exports hold the same numbers as the page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING

from carebench_leaderboard.intervals import Interval, Scale
from carebench_leaderboard.pooling import Mean, Point, by_task, combine, equal_weights, interval_of, rule_of
from carebench_leaderboard.records import Figure
from carebench_leaderboard.task_scores import metric_points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from carebench_leaderboard.contributions import Place
    from carebench_leaderboard.influence import Influence
    from carebench_leaderboard.records import Cell, Family, Metric, Task

    Cells = Mapping[tuple[str, str], Sequence[Cell]]
    Reader = Callable[[Task, str], Mapping[Place, Influence]]

NOT_ASKED = Interval.undefined("the horizontal place is given")


@dataclass(frozen=True)
class Dot:
    """One place of a line, with the 95 % interval of its height, and of its horizontal place in a scatter."""

    x: float
    y: float
    interval: Interval
    x_interval: Interval = NOT_ASKED


@dataclass(frozen=True)
class Slope:
    """Least squares slope of a metric against the level, in metric per unit of level, with its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Panel:
    """One picture of a drawing.

    Attributes:
        title: of one task or series, or what it is a mean over.
        tasks: names of the tasks in it.
        lines: model to its dots from left to right; who lacks one of them is not drawn.
        slopes: model to its slope, over levels alone.
        levels: label to the height of a line that no model moves, averaged over the tasks as models are.
    """

    title: str
    tasks: tuple[str, ...]
    lines: Mapping[str, tuple[Dot, ...]]
    slopes: Mapping[str, Slope] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """A figure with its panels: what all tasks come to first, where there is such a thing."""

    figure: Figure
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class _Stop:
    """One place along a panel: a metric, averaged over `tasks`."""

    x: float
    metric: str
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class _Plan:
    """A panel before anything is computed; of a scatter, the horizontal stop comes before the other."""

    title: str
    stops: tuple[_Stop, ...]


Means = dict[_Stop, dict[str, Mean]]


def drawings(
    family: Family, tasks: Sequence[Task], models: Sequence[str], cells: Cells, read: Reader
) -> tuple[Drawing, ...]:
    """The figures of a board with something to show; `models` are drawn in their order.

    Tasks of a series get a figure of the primary metric over their levels even where the family declares none.
    """
    found = (_drawing(family, figure, tasks, models, cells, read) for figure in _figures(family, tasks))
    return tuple(drawing for drawing in found if drawing.panels)


def _figures(family: Family, tasks: Sequence[Task]) -> list[Figure]:
    if any(figure.kind == "over-levels" for figure in family.figures) or not _series(tasks, oracle_at=None):
        return family.figures
    primary = family.primary
    implied = Figure(
        name="levels",
        title=f"{primary.label} by level",
        kind="over-levels",
        x_label="level",
        y_label=primary.label,
        metric=primary.name,
    )
    return [*family.figures, implied]


def _drawing(
    family: Family, figure: Figure, tasks: Sequence[Task], models: Sequence[str], cells: Cells, read: Reader
) -> Drawing:
    plans = _plans(figure, tasks, models, cells)
    metrics = {metric.name: metric for metric in family.metrics}
    means: Means = {}
    slopes: dict[_Plan, dict[str, Slope]] = defaultdict(dict)
    for name in figure.metrics:
        stops = [stop for plan in plans for stop in plan.stops if stop.metric == name]
        points = _points(metrics[name], tasks, models, cells, read)
        means |= {stop: _means(points, stop) for stop in stops}
        if figure.kind == "over-levels":
            slopes |= {plan: _slopes(points, plan) for plan in plans}
    scales = {name: Scale.of(metrics[name]) for name in figure.metrics}
    panels = [_panel(figure, plan, models, means, scales, slopes[plan]) for plan in plans]
    return Drawing(
        figure,
        tuple(
            replace(panel, levels=_levels(figure, panel, tasks, models, cells))
            for panel in panels
            if panel.lines
        ),
    )


def _plans(figure: Figure, tasks: Sequence[Task], models: Sequence[str], cells: Cells) -> list[_Plan]:
    if figure.kind == "over-levels":
        return _over_levels(figure, tasks)
    single = [_plan(figure, task.shown, (task.name,)) for task in tasks]
    averaged = _covered(figure, tasks, models, cells)
    if len(averaged) < 2:
        return sorted(single, key=lambda plan: plan.stops[0].tasks != averaged)
    return [_plan(figure, f"Mean over {len(averaged)} tasks", averaged), *single]


def _plan(figure: Figure, title: str, tasks: tuple[str, ...]) -> _Plan:
    places = figure.points if figure.kind == "over-metrics" else [(0.0, name) for name in _axes(figure)]
    return _Plan(title, tuple(_Stop(x, name, tasks) for x, name in places))


def _axes(figure: Figure) -> tuple[str, str]:
    return figure.x_metric, figure.metric


def _covered(figure: Figure, tasks: Sequence[Task], models: Sequence[str], cells: Cells) -> tuple[str, ...]:
    """The headline tasks in which the figure means something: half of those who have its metrics at all have them."""
    shown = {
        (task.name, model)
        for task in tasks
        if task.headline
        for model in models
        if all(_defined(cells[task.name, model], metric) for metric in figure.metrics)
    }
    anywhere = {model for _, model in shown}
    counts = Counter(task for task, _ in shown)
    return tuple(task.name for task in tasks if 2 * counts[task.name] >= len(anywhere) > 0)


def _defined(cells: Iterable[Cell], metric: str) -> bool:
    """Whether a model has the metric in every ok cell of a task, of which there is one at least."""
    values = [cell.metrics.get(metric) for cell in cells if cell.status == "ok"]
    return bool(values) and None not in values


def _over_levels(figure: Figure, tasks: Sequence[Task]) -> list[_Plan]:
    """One panel a series; before them, where several have the same levels, their mean."""
    series = _series(tasks, figure.oracle_at)
    plans = [
        _Plan(title, tuple(_Stop(level, figure.metric, found) for level, found in levels.items()))
        for title, levels in series.items()
    ]
    alike = Counter(tuple(levels) for levels in series.values())
    common, count = max(alike.items(), key=lambda item: item[1], default=((), 0))
    if count < 2:
        return plans
    joined = [levels for levels in series.values() if tuple(levels) == common]
    stops = (
        _Stop(level, figure.metric, tuple(sorted({name for levels in joined for name in levels[level]})))
        for level in common
    )
    return [_Plan(f"Mean over {count} series", tuple(stops)), *plans]


def _series(tasks: Sequence[Task], oracle_at: float | None) -> dict[str, dict[float, tuple[str, ...]]]:
    """Series by name, each with its tasks by rising level, their oracle among them; a series of one level is none."""
    found: dict[str, dict[float, set[str]]] = defaultdict(lambda: defaultdict(set))
    here = {task.name for task in tasks}
    for task in tasks:
        if task.series and task.level is not None:
            found[task.series][task.level].add(task.name)
            if oracle_at is not None and task.oracle in here:
                found[task.series][oracle_at].add(task.oracle)
    return {
        name: {level: tuple(sorted(levels[level])) for level in sorted(levels)}
        for name, levels in sorted(found.items())
        if len(levels) > 1
    }


def _points(
    metric: Metric, tasks: Sequence[Task], models: Sequence[str], cells: Cells, read: Reader
) -> dict[tuple[str, str], Point]:
    """The metric of each (task, model) that has it, its seeds pooled."""
    rule = rule_of(metric, tasks)
    found = {}
    for task in tasks:
        influences = read(task, metric.name)
        for model in models:
            if _defined(cells[task.name, model], metric.name):
                points = metric_points(metric.name, task, cells[task.name, model], influences)
                found[task.name, model] = by_task(points, rule)[0]
    return found


def _at(points: Mapping[tuple[str, str], Point], stop: _Stop) -> dict[str, list[Point]]:
    """Model to its points at `stop`, of those models that have all."""
    models = {model for task, model in points if task in stop.tasks}
    found = {model: [points.get((task, model)) for task in stop.tasks] for model in models}
    return {
        model: [point for point in listed if point is not None]
        for model, listed in found.items()
        if None not in listed
    }


def _means(points: Mapping[tuple[str, str], Point], stop: _Stop) -> dict[str, Mean]:
    return {model: combine(found, equal_weights(found)) for model, found in _at(points, stop).items()}


def _slopes(points: Mapping[tuple[str, str], Point], plan: _Plan) -> dict[str, Slope]:
    """Slope sum_i c_i v_i over levels x_i, c_i = (x_i - mean x) / sum_j (x_j - mean x)^2: linear in the scores v_i."""
    levels = [stop.x for stop in plan.stops]
    middle = sum(levels) / len(levels)
    spread = sum((level - middle) ** 2 for level in levels)
    at = [(stop, (stop.x - middle) / spread, _at(points, stop)) for stop in plan.stops]
    found = {}
    for model in sorted(set.intersection(*(set(listed) for _, _, listed in at))):
        parts = [point for _, _, listed in at for point in listed[model]]
        weights = [part * share for _, part, listed in at for share in equal_weights(listed[model])]
        mean = combine(parts, weights)
        found[model] = Slope(mean.value, interval_of(mean, Scale()))
    return found


def _panel(
    figure: Figure,
    plan: _Plan,
    models: Sequence[str],
    means: Means,
    scales: Mapping[str, Scale],
    slopes: Mapping[str, Slope],
) -> Panel:
    complete = [model for model in models if all(model in means[stop] for stop in plan.stops)]
    lines = {}
    for model in complete:
        stops = [(stop, means[stop][model]) for stop in plan.stops]
        lines[model] = _scattered(stops, scales) if figure.kind == "scatter" else _line(stops, scales)
    tasks = tuple(sorted({task for stop in plan.stops for task in stop.tasks}))
    return Panel(plan.title, tasks, lines, slopes)


def _levels(
    figure: Figure, panel: Panel, tasks: Sequence[Task], models: Sequence[str], cells: Cells
) -> dict[str, float]:
    """The height of each line of the figure that all tasks of the panel state."""
    shown = [task for task in tasks if task.name in panel.tasks]
    found = {}
    for label, fact in figure.lines:
        stated = [_stated(fact, task, [cells[task.name, model] for model in models]) for task in shown]
        points = [point for point in stated if point is not None]
        if len(points) == len(shown):
            found[label] = combine(points, equal_weights(points)).value
    return found


def _stated(fact: str, task: Task, cells: Iterable[Sequence[Cell]]) -> Point | None:
    """A fact of a task's test sets, its seeds averaged; every model's cells state the same."""
    by_seed = {
        cell.seed: value
        for listed in cells
        for cell in listed
        if cell.status == "ok" and (value := cell.facts.get(fact)) is not None
    }
    if not by_seed:
        return None
    return Point(cohort=task.cohort, task=task.name, seed=0, value=fmean(by_seed.values()), influence=None)


def _line(stops: Sequence[tuple[_Stop, Mean]], scales: Mapping[str, Scale]) -> tuple[Dot, ...]:
    return tuple(Dot(stop.x, mean.value, interval_of(mean, scales[stop.metric])) for stop, mean in stops)


def _scattered(stops: Sequence[tuple[_Stop, Mean]], scales: Mapping[str, Scale]) -> tuple[Dot, ...]:
    (across, x), (up, y) = stops
    return (Dot(x.value, y.value, interval_of(y, scales[up.metric]), interval_of(x, scales[across.metric])),)

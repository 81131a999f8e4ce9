"""The commands that score cells, or say what it would take: `run`, `plan` and `replicate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carebench.cli.options import (
    RESULTS,
    AddressOption,
    CpusOption,
    ExecutorOption,
    JsonOption,
    MemoryOption,
    PluginOption,
    RetryOption,
    StoreOption,
    TimeOption,
)


def run(
    suite: Annotated[
        str | None, typer.Option(help="Name of a suite, or a path ending in .toml; quick by default.")
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(
            help="Run this task, or those of a pattern; with --suite only these of its tasks. May be repeated."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Run this model, importable estimator or pattern; with --suite only these of its models. May be repeated."
        ),
    ] = None,
    plugin: PluginOption = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds, instead of the suite's.")] = None,
    executor: ExecutorOption = "ray",
    address: AddressOption = "",
    cpus: CpusOption = None,
    time_limit: TimeOption = None,
    memory_limit: MemoryOption = None,
    tune: Annotated[
        str | None,
        typer.Option(
            metavar="TRIALS_OR_TIME",
            help="Tune every model that can be, by so many trials (20) or for so long (10m), beside its defaults.",
        ),
    ] = None,
    retry: RetryOption = None,
    store: StoreOption = RESULTS,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the board; leaderboards/SUITE by default.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score every cell of a suite that is not scored yet, and write the board.

    The same command again completes what is missing. Ctrl-C once stops cleanly.
    """
    from carebench.commands import run as command

    status = command.run_suite(
        command.Request(
            suite=suite or "",
            tasks=task or [],
            models=model or [],
            plugins=plugin or [],
            seeds=seeds,
            executor=executor,
            address=address,
            cpus=cpus,
            time_limit=time_limit,
            memory_limit=memory_limit,
            retry=retry or [],
            tune=tune,
            store=store,
            out=out,
            json=json,
        )
    )
    raise typer.Exit(status)


def plan(
    suite: Annotated[str, typer.Option(help="Name of a suite, or a path ending in .toml.")] = "quick",
    task: Annotated[list[str] | None, typer.Option(help="As for `carebench run`; may be repeated.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="As for `carebench run`; may be repeated.")] = None,
    plugin: PluginOption = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Number of seeds, instead of the suite's.")] = None,
    cpus: CpusOption = None,
    tune: Annotated[
        str | None, typer.Option(metavar="TRIALS_OR_TIME", help="As for `carebench run`.")
    ] = None,
    store: StoreOption = RESULTS,
    count: Annotated[bool, typer.Option(help="Count test sets, which cuts every task's data once.")] = True,
) -> None:
    """Say what a run would do: its cells, how long they would take, and the smallest differences they could detect."""
    from carebench.commands import plan as command
    from carebench.commands.run import Request

    request = Request(
        suite=suite,
        tasks=task or [],
        models=model or [],
        plugins=plugin or [],
        seeds=seeds,
        cpus=cpus,
        tune=tune,
        store=store,
    )
    command.print_plan(request, count=count)


def replicate(
    published: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...", help="Ids such as M1, or files ending in .toml; all that ship by default."
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list the published numbers.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only list the cells that would run.")] = False,
    plugin: PluginOption = None,
    executor: ExecutorOption = "ray",
    address: AddressOption = "",
    cpus: CpusOption = None,
    time_limit: TimeOption = None,
    memory_limit: MemoryOption = None,
    retry: RetryOption = None,
    store: StoreOption = RESULTS,
    out: Annotated[Path, typer.Option(help="Folder for replications.json and replications.md.")] = Path(
        "replications"
    ),
    json: JsonOption = False,
) -> None:
    """Obtain published numbers again, and say how far ours are from them.

    Exit status 1 when one that was verified is outside its tolerance, or failed; data that are not here fail nothing.
    """
    from carebench.commands import replicate as command

    if show:
        return command.list_published(published or [])
    request = command.Request(
        words=published or [],
        plugins=plugin or [],
        executor=executor,
        address=address,
        cpus=cpus,
        time_limit=time_limit,
        memory_limit=memory_limit,
        retry=retry or [],
        store=store,
        out=out,
        json=json,
    )
    if plan:
        return command.print_plan(request)
    raise typer.Exit(command.replicate(request))

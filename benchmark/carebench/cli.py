"""The command line: parses, calls, prints. What takes time to import is imported by the command that needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carebench import __version__
from carebench.errors import CarebenchError

app = typer.Typer(
    name="carebench",
    help="Compare machine-learning methods on standard clinical tasks, and publish the result.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
listing = typer.Typer(help="List what is registered.", no_args_is_help=True)
app.add_typer(listing, name="list")

PluginOption = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE_OR_MODULE", help="Add a plugin; may be repeated."),
]
StoreOption = Annotated[Path, typer.Option("--store", help="Folder that keeps every answer and score.")]
ExecutorOption = Annotated[str, typer.Option("--executor", help="Where cells run: ray or local.")]
AddressOption = Annotated[str, typer.Option("--address", help="host:port of a running Ray cluster.")]
CpusOption = Annotated[int | None, typer.Option("--cpus", min=1, help="Cores to use; all by default.")]
TimeOption = Annotated[
    str | None, typer.Option("--time-limit", help="Wall time for one cell, such as 90s or 10m.")
]
MemoryOption = Annotated[
    str | None, typer.Option("--memory-limit", help="Resident memory for one cell, such as 4GiB.")
]
RetryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--retry", metavar="STATUS", help="Try cells of this status again, or 'all'; may be repeated."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Tell every event as a line of JSON on stdout; see docs/events.md.")
]
RESULTS = Path("results")


def main() -> None:
    """Run the command line; errors that somebody can mend are printed without traceback, once, here."""
    try:
        app()
    except CarebenchError as error:
        typer.secho(f"carebench: {error}", err=True, fg="red")
        sys.exit(error.status)


@app.command()
def run(
    suite: Annotated[str, typer.Option(help="Name of a suite, or a path ending in .toml.")] = "quick",
    task: Annotated[
        list[str] | None, typer.Option(help="Run this task instead of the suite's; may be repeated.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Run this model, or importable estimator, instead of the suite's; may be repeated."
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
            suite=suite,
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


@app.command()
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


@app.command()
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


@app.command()
def board(
    folder: Annotated[
        Path, typer.Argument(help="Folder with results.json, such as leaderboards/quick.")
    ] = Path("leaderboards/quick"),
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="KIND=PATTERN",
            help="Only the cells that fit, such as model=*forest*, cohort=!support, task=... or family=...; may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; where the results are by default.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="How many models of each board to print.")] = None,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="The page as one file, to send by mail.")
    ] = False,
    no_logs: Annotated[
        bool, typer.Option("--no-logs", help="Leave out what cells printed, tracebacks and environments.")
    ] = False,
) -> None:
    """Rebuild the board of a results folder; needs no data, no models and no Ray.

    With a filter, all statistics are those of the part, and nothing is written unless --out says where.
    """
    from carebench.commands.board import show_board

    show_board(folder, filters or [], out, top, single=single_file, logs=not no_logs)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A model of the board.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    folder: Annotated[
        Path, typer.Option("--board", help="Folder with results.json, such as leaderboards/quick.")
    ] = Path("leaderboards/quick"),
) -> None:
    """Compare two models: paired differences by task, their mean, and the verdict across cohorts."""
    from carebench.commands.compare import compare_models

    compare_models(first, second, folder)


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="paper for all of it; latex, figures or citations for a part.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")],
    folder: Annotated[
        Path, typer.Option("--board", help="Folder with results.json, such as leaderboards/quick.")
    ] = Path("leaderboards/quick"),
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="KIND=PATTERN", help="As for `carebench board`; may be repeated."),
    ] = None,
) -> None:
    """Write a board's tables (LaTeX), figures (SVG), citations (BibTeX, CFF) and TRIPOD+AI checklist, for a paper."""
    from carebench.commands.export import export as command

    command(kind, out, folder, filters or [])


@app.command()
def show(
    cell: Annotated[str, typer.Argument(help="The first characters of a cell's key, or TASK,MODEL,SEED.")],
    store: StoreOption = RESULTS,
) -> None:
    """Show what became of a cell: every attempt, its cost, why it failed, and its scores."""
    from carebench.commands.show import show_cell

    show_cell(cell, store)


@app.command()
def logs(
    cell: Annotated[str, typer.Argument(help="The first characters of a cell's key, or TASK,MODEL,SEED.")],
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Only this attempt, numbered as `show` lists them.")
    ] = None,
    store: StoreOption = RESULTS,
) -> None:
    """Print what a cell printed, head and tail, and its traceback, of all attempts."""
    from carebench.commands.logs import print_logs

    print_logs(cell, store, attempt)


@app.command()
def doctor(
    store: StoreOption = RESULTS,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Set damaged files aside, remove what dead runs left; results are never deleted."
        ),
    ] = False,
    filesystem: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Only test whether a store may live in this folder's file system."),
    ] = None,
) -> None:
    """Say what is wrong with installation, plugins and store, and what to do.

    Exit status 1 when there is a problem, 0 with at most warnings.
    """
    from carebench.commands import doctor as command

    status = command.try_filesystem(filesystem) if filesystem else command.examine(store, repair=repair)
    raise typer.Exit(status)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"carebench {__version__}")


@listing.command("tasks")
def list_tasks(plugin: PluginOption = None) -> None:
    """Tasks with their cohorts."""
    from carebench.commands import listings

    listings.tasks(plugin or [])


@listing.command("models")
def list_models(plugin: PluginOption = None) -> None:
    """Models with their inputs."""
    from carebench.commands import listings

    listings.models(plugin or [])


@listing.command("families")
def list_families(plugin: PluginOption = None) -> None:
    """Families with their questions and metrics."""
    from carebench.commands import listings

    listings.families(plugin or [])


@listing.command("plugins")
def list_plugins(plugin: PluginOption = None) -> None:
    """Plugins with what they add, or why they are not available."""
    from carebench.commands import listings

    listings.plugins(plugin or [])


@listing.command("suites")
def list_suites() -> None:
    """Suites that ship with plugins."""
    from carebench.commands import listings

    listings.suites()

"""The commands `carebench list ...`."""

from __future__ import annotations

import typer

from carebench.cli.options import PluginOption

app = typer.Typer(help="List what is registered.", no_args_is_help=True)


@app.command("tasks")
def list_tasks(plugin: PluginOption = None) -> None:
    """Tasks with their cohorts."""
    from carebench.commands import listings

    listings.tasks(plugin or [])


@app.command("models")
def list_models(plugin: PluginOption = None) -> None:
    """Models with their inputs."""
    from carebench.commands import listings

    listings.models(plugin or [])


@app.command("families")
def list_families(plugin: PluginOption = None) -> None:
    """Families with their questions and metrics."""
    from carebench.commands import listings

    listings.families(plugin or [])


@app.command("plugins")
def list_plugins(plugin: PluginOption = None) -> None:
    """Plugins with what they add, or why they are not available."""
    from carebench.commands import listings

    listings.plugins(plugin or [])


@app.command("suites")
def list_suites() -> None:
    """Suites that ship with plugins."""
    from carebench.commands import listings

    listings.suites()

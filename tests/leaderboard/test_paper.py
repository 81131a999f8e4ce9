"""What a paper takes in: LaTeX that closes what it opens, BibTeX and CFF that parse, SVG that is XML, and an honest checklist."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
import yaml

from carebench_leaderboard import read_board, write_export
from carebench_leaderboard.citations import bibtex, citation_cff, citations
from carebench_leaderboard.figures import bounds, shown
from carebench_leaderboard.latex import latex_text, standings_latex
from carebench_leaderboard.paper import figure_files, paper_files
from carebench_leaderboard.tripod import AUTHORS, TOPICS, checklist, checklist_markdown
from tests.leaderboard.synthetic import cell, model, table, task, with_units, write

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Board

HOSTILE = r'\input{/etc/passwd} 50% & #1 $x_1$ ^~ {"<b>|' + "\x1b\u202e"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def realistic_board(results: Path) -> Board:
    """The realistic board, read once."""
    return read_board(results)


def _hostile(directory: Path) -> Board:
    names = ("=cmd|' /C calc'!A0", "other")
    cells = [with_units(directory, cell("mortality/a", name, 0, 0.8), [1], [0.01]) for name in names]
    models = [model(name, title=HOSTILE, summary=HOSTILE, citation=f"Doe 2020. {HOSTILE}") for name in names]
    tasks = [task(title=HOSTILE, citation=HOSTILE, source=HOSTILE, card=HOSTILE, flags=[HOSTILE])]
    return read_board(write(directory, table(tasks=tasks, models=models, cells=cells)))


def _parsed(text: str) -> list[list[str]]:
    """Rows of every tabular, after checking that braces and environments close; comments are none of it."""
    plain = re.sub(r"(?m)(?<!\\)%.*$", "", text)
    depth, opened = 0, []
    for sign in re.findall(r"(?<!\\)[{}]", plain.replace(r"\\", "")):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0
    for what, name in re.findall(r"\\(begin|end)\{(\w+)\}", plain):
        if what == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    rows = []
    for columns, body in re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", plain, re.DOTALL):
        lines = re.sub(r"\\(top|mid|bottom)rule", "", body).replace("\n", "").split(r"\\")
        found = [[part.strip() for part in re.split(r"(?<!\\)&", line)] for line in lines if line.strip()]
        assert {len(row) for row in found} == {len(columns)}
        rows += found
    return rows


def test_latex_closes_what_it_opens_and_says_what_the_board_says(realistic_board: Board) -> None:
    """Environments and braces match, every row has as many cells as columns, and figures are those of the standings."""
    rows = {row[1]: row for row in _parsed(standings_latex(realistic_board)) if len(row) == 6}
    (section,) = realistic_board.sections
    for row in section.standings:
        title = next(title for title in rows if row.title in title)
        assert shown(row).replace("\N{MINUS SIGN}", "$-$") in rows[title][2]
        assert rows[title][3] == bounds(row.interval).replace("\N{MINUS SIGN}", "$-$")


def test_the_best_group_is_bold_and_nobody_else(realistic_board: Board) -> None:
    """Not the first alone: everybody who is not told from it."""
    bold = set(re.findall(r"\\textbf\{([A-Z][^}]*)\}", standings_latex(realistic_board)))
    (section,) = realistic_board.sections
    best = section.analysis.groups[0].members
    assert bold == {section.models[name].title for name in best}
    assert len(best) > 1


def test_hostile_names_stay_text_in_latex(tmp_path: Path) -> None:
    """No command of a name survives, nor a control character; tables still parse."""
    text = standings_latex(_hostile(tmp_path))
    assert _parsed(text)
    assert r"\input" not in text
    assert "\x1b" not in text
    assert r"\textbackslash{}input\{/etc/passwd\}" in text


def test_every_sign_of_latex_is_escaped() -> None:
    """The ten special ones."""
    assert latex_text("\\{}$&#%_^~") == (r"\textbackslash{}\{\}\$\&\#\%\_\textasciicircum{}\textasciitilde{}")


def test_citations_are_gathered_once_and_carried_over_whole(tmp_path: Path) -> None:
    """Two models with one citation make one entry; year and DOI are taken out where they stand."""
    models = [model(name, citation="Breiman 2001, doi 10.1023/A:1010933404324") for name in ("best", "other")]
    board = read_board(write(tmp_path, table(models=models, tasks=[task(citation="Knaus 1995")])))
    data, method = citations(board)
    assert (data.kind, data.text, data.year) == ("data", "Knaus 1995", "1995")
    assert (method.names, method.year, method.doi) == (("best", "other"), "2001", "10.1023/A:1010933404324")
    text = bibtex(board)
    assert text.count("@misc{") == 3
    assert "doi = {10.1023/A:1010933404324}" in text
    assert "author = {{Breiman}}" in text


def test_citation_files_parse(tmp_path: Path) -> None:
    """CFF is YAML with what version 1.2.0 asks for; every entry of BibTeX closes; hostile texts break neither."""
    board = _hostile(tmp_path)
    content = yaml.safe_load(citation_cff(board))
    assert content["cff-version"] == "1.2.0"
    assert all({"type", "title", "authors"} <= set(each) for each in content["references"])
    text = re.sub(r"\\[{}]", "", bibtex(board))
    assert text.count("{") == text.count("}")


def test_figures_are_svg_with_titles_and_numbers(realistic_board: Board) -> None:
    """XML that parses, with a title and a description; one mark a model in the forest plot."""
    files = figure_files(realistic_board)
    assert {"mortality-forest.svg", "mortality-ranks.svg"} <= set(files)
    for text in files.values():
        root = ET.fromstring(text)  # noqa: S314 - our own text
        assert root.find(f"{SVG}title") is not None
        assert root.find(f"{SVG}desc") is not None
    forest = ET.fromstring(files["mortality-forest.svg"])  # noqa: S314 - our own text
    assert len(forest.findall(f"{SVG}circle")) == len(realistic_board.sections[0].standings)


def test_families_figures_are_written_too(board: Board) -> None:
    """Every panel of every drawing of four boards, under names that are no paths."""
    files = figure_files(board)
    panels = sum(len(drawing.panels) for section in board.sections for drawing in section.drawings)
    assert len([name for name in files if not name.endswith(("forest.svg", "ranks.svg"))]) == panels
    assert not any("/" in name or name.startswith(".") for name in files)


def test_hostile_names_stay_text_in_figures(tmp_path: Path) -> None:
    """No element but our own."""
    for text in figure_files(_hostile(tmp_path)).values():
        tags = {each.tag.removeprefix(SVG) for each in ET.fromstring(text).iter()}  # noqa: S314 - our own text
        assert tags <= {"svg", "title", "desc", "rect", "text", "line", "circle", "g", "path"}


def test_the_checklist_claims_nothing_without_evidence(realistic_board: Board) -> None:
    """Each answer names a file of the same export; everything else is for the authors."""
    files = paper_files(realistic_board)
    items = checklist(realistic_board)
    assert [item.number for item in items] == [number for number, _ in TOPICS]
    assert all(item.evidence in files if item.answered else item.answer == AUTHORS for item in items)
    assert {"2", "17", "18a", "25"} <= {item.number for item in items if not item.answered}
    assert {"10", "20a", "23a"} <= {item.number for item in items if item.answered}


def test_what_a_board_does_not_know_is_left_to_the_authors(tmp_path: Path) -> None:
    """Without contributions there are no intervals and no power, so neither item is answered."""
    items = {item.number: item for item in checklist(read_board(write(tmp_path, table())))}
    assert not items["23a"].answered
    assert not items["10"].answered
    assert not items["14"].answered


def test_the_checklist_has_all_27_items(realistic_board: Board) -> None:
    """Numbers 1 to 27, some in parts."""
    numbers = {int(re.sub(r"\D", "", number)) for number, _ in TOPICS}
    assert numbers == set(range(1, 28))
    assert checklist_markdown(realistic_board).count("\n| ") == len(TOPICS) + 2


def test_an_export_is_written_whole_and_twice_alike(results: Path, tmp_path: Path) -> None:
    """Every file that is named is there, tables that the paper takes in exist, and a second run changes no byte."""
    names = write_export(results, "paper", tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in names}
    taken = re.findall(r"\\input\{([^}]+)\}", before["paper.tex"].decode())
    assert taken
    assert set(taken) <= set(names)
    assert write_export(results, "paper", tmp_path) == names
    assert {name: (tmp_path / name).read_bytes() for name in names} == before

/* What wrong labels, or rows from elsewhere, cost, and how much of it each method wins back; with a flag for who wins more. */

/** A table of shares of the oracle gap, below a notice that names who beats the oracle; nothing where no model has a share. */
function oracleFigure(board) {
  const listed = board.compared.oracle.map((found, at) => ({ at, found })).filter(({ found }) => found);
  if (!listed.length) return null;
  const flagged = listed.filter(({ found }) => found.beats_oracle);
  const title = ({ at }) => board.models.shown[at];
  const columns = [
    { key: "model", head: "Model", kind: "name", names: true, cell: (row) => [link(title(row), { view: "model", model: board.models.name[row.at] }), row.found.beats_oracle ? el("span", { class: "marked", text: " ⚑" }) : null] },
    { key: "reference", head: "Same backbone, trained plainly", kind: "name", cell: ({ found }) => shownName(board, found.reference) },
    { key: "tasks", head: "Tasks", cell: ({ found }) => String(found.tasks) },
    { key: "gap", head: "Gap to the oracle", cell: ({ found }) => [number(found.gap), el("small", { text: bounds(...found.gap_interval) })] },
    { key: "share", head: "Share won back", cell: ({ found }) => (found.share === null ? el("small", { text: "gap too small to divide by" }) : [number(found.share, 2), el("small", { text: bounds(...found.interval) })]) },
    { key: "flag", head: "Flag", kind: "name", cell: ({ found }) => (found.beats_oracle ? el("span", { class: "marked", text: "⚑ beats the oracle: look for a leak" }) : "") },
  ];
  const words = "The oracle is the same backbone trained plainly on right labels, or on rows of the target, and tested on the same rows. Gap: oracle less plain training, in what the board shows. Share: method less plain training, over the gap. Below each stands its 95 % interval.";
  const notice = flagged.length ? el("p", { class: "notice", text: `⚑ ${flagged.map(title).join(", ")}: better than the same backbone trained on right labels or rows of the target, with the whole interval of the difference. The oracle is a reference, no upper bound, so this can be; but a leak of right labels is likelier than a wonder, so look for one first.` }) : null;
  return figureOf("Share of the oracle gap", words, [notice, grid({ label: "Share of the oracle gap", caption: `${count(listed.length, "model")} with a reference on this board; ${flagged.length ? `${flagged.length} flagged` : "none flagged"}.`, columns, rows: listed, kind: "metrics", rowClass: ({ found }) => (found.beats_oracle ? "moved" : "") })],
    [keepers(`oracle-${board.name}`, ["model", "reference", "tasks", "gap", "share", "share_low", "share_high", "beats_oracle"], () => listed.map(({ at, found }) => [board.models.name[at], found.reference, found.tasks, found.gap, found.share, ...found.interval.slice(0, 2), found.beats_oracle]))]);
}

function shownName(board, name) {
  const at = board.models.name.indexOf(name);
  return at < 0 ? name : board.models.shown[at];
}

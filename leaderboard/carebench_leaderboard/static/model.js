/* The page of one model: what it is, and how it does on every task of a board. */

async function modelPage(mount) {
  const given = state();
  const board = await openBoard(boardNumber());
  const { models, primary } = board;
  const at = models.name.indexOf(given.model);
  if (at < 0) return nothing(mount, `There is no model ${given.model} on this board.`);
  const times = await load(`times-${board.number}`);
  const row = standings(board, chosenTasks(board, PLAIN)).find((each) => each.at === at);
  const rows = board.tasks.map((task, place) => ({ place, task, score: board.score[place][at], low: board.low[place][at], high: board.high[place][at] }));
  const holder = el("div");
  mount.replaceChildren(
    el("p", { class: "trail" }, link(board.title, { board: board.name }), " / model"), el("h2", { text: models.shown[at] }), el("p", { class: "lede", text: models.summary[at] }),
    pairs([["Name", el("code", { text: models.name[at] })], [board.measure, `${board.yard.text(row.shown)} ${row.low === null ? "" : `(${bounds(row.low, row.high)})`}`], ["Rank", row.rank ? String(row.rank) : row.entrant ? `none: ${row.remarks || "no score"}` : "a reference, never ranked"],
      ["Inputs", models.inputs[at]], ["From", models.origin[at]], ["Source", models.citation[at]], ["Tuning", models.tuning[at]], ["Mean time of a cell", times.wall_s[at] ? seconds(times.wall_s[at]) : ""],
      ["Elsewhere", otherBoards(board, models.name[at])]]),
    el("p", {}, link("Compare it with another", { view: "compare", board: board.name, model: models.name[at] })), holder);
  const update = () => holder.replaceChildren(...profile(board, at, rows, primary));
  update();
  return update;
}

/** Links to the other boards; whether the model is on them is seen there. */
function otherBoards(board, name) {
  const others = summary().boards.filter((each) => each.name !== board.name);
  return others.length ? el("span", {}, others.map((each) => [link(each.title, { view: "model", board: each.name, model: name }), " "]).flat()) : "";
}

function profile(board, at, rows, primary) {
  const best = rows.map(({ place }) => board.score[place].filter((_, each) => isEntrant(board, each)).reduce((one, other) => (other !== null && (one === null || board.yard.distance(board.yard.show(other)) < board.yard.distance(board.yard.show(one))) ? other : one), null));
  const axis = axisOver(fenced(rows.flatMap((row) => [row.score, row.low, row.high])).concat(fenced(best)));
  const columns = [
    { key: "task", head: "Task", kind: "name", names: true, value: (row) => row.task.title.toLowerCase(), cell: (row) => [link(row.task.title, { view: "task", board: board.name, task: row.task.name }), row.task.headline ? null : el("small", { text: "outside the mean" })] },
    { key: "score", head: [`${primary.label} `, direction(primary)], kind: "score", value: (row) => row.score, cell: (row) => number(row.score) },
    { key: "plot", head: ticksOf(axis), kind: "plots", cell: (row) => el("div", { class: "plot" }, strip(axis, { at: row.score, low: row.low, high: row.high, lines: best[row.place] === null ? [] : [best[row.place]], said: `${row.task.title}: ${number(row.score)} ${bounds(row.low, row.high)}` })) },
    { key: "interval", head: "95 % interval", kind: "interval", cell: (row) => bounds(row.low, row.high) || ABSENT },
    { key: "best", head: "Best here", value: (row) => best[row.place], cell: (row) => number(best[row.place]) },
    { key: "cells", head: "Cells ok", value: (row) => board.ok[row.place][at], cell: (row) => el("a", { href: elsewhere({ view: "task", board: board.name, task: row.task.name, cell: board.models.name[at] }), class: board.ok[row.place][at] < board.planned[row.place][at] ? "marked" : null, text: `${board.ok[row.place][at]}/${board.planned[row.place][at]}`, "aria-label": `Cells on ${row.task.title}` }) },
  ];
  const { sort } = state();
  const listed = sortedBy(rows, columns, sort);
  return [el("h3", { text: "By task" }),
    grid({ label: "Scores by task", caption: "Bars are 95 % intervals for these fits; the dashed line is the best score of any entrant on the task.", columns, rows: listed, kind: "metrics", sort, onSort: (order) => alter({ sort: order }) }),
    keepers(board.models.name[at], ["task", "score", "low", "high", "best"], () => listed.map((row) => [row.task.name, row.score, row.low, row.high, best[row.place]]))];
}

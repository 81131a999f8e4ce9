/* Two models side by side: on which tasks one is better, by how much, and whether the data can tell. */

async function comparePage(mount) {
  const given = state();
  const board = await openBoard(boardNumber());
  const rows = standings(board, chosenTasks(board, PLAIN));
  const order = rows.map((row) => board.models.name[row.at]);
  const first = order.includes(given.model) ? given.model : order[0];
  const second = order.includes(given.with) && given.with !== first ? given.with : order.find((name) => name !== first);
  const pick = (label, field, value) => el("label", {}, el("span", { text: label }), el("select", { on: { change: (event) => alter({ model: first, with: second, [field]: event.target.value }) } },
    order.map((name) => el("option", { value: name, text: board.models.shown[board.models.name.indexOf(name)], selected: name === value }))));
  mount.replaceChildren(chooserTo("compare"), el("h2", { text: "Compare two models" }),
    el("form", { class: "filters", on: { submit: (event) => event.preventDefault() } }, pick("Model", "model", first), pick("with", "with", second)),
    ...(second ? versus(board, board.models.name.indexOf(first), board.models.name.indexOf(second)) : [el("p", { class: "notice", text: "There is one model only." })]));
  return null;
}

function chooserTo(view) {
  const here = boardNumber();
  return el("nav", { class: "boards", "aria-label": "Boards" }, summary().boards.map((each, at) => el("a", { href: address({ ...PLAIN, view, board: each.name }), "aria-current": at === here ? "true" : null }, each.title)));
}

function versus(board, one, other) {
  const { models, yard, primary } = board;
  const rows = board.tasks.map((task, at) => {
    const [mine, theirs] = [board.score[at][one], board.score[at][other]];
    const known = mine !== null && theirs !== null;
    return { task, mine, theirs, gap: known ? yard.distance(yard.show(theirs)) - yard.distance(yard.show(mine)) : null, low: null, high: null };
  }).filter((row) => row.mine !== null || row.theirs !== null);
  const axis = axisOver([0, ...fenced(rows.map((row) => row.gap))]);
  const wins = rows.filter((row) => row.gap > 0).length, losses = rows.filter((row) => row.gap < 0).length;
  const columns = [
    { key: "task", head: "Task", kind: "name", names: true, value: (row) => row.task.title.toLowerCase(), cell: (row) => link(row.task.title, { view: "task", board: board.name, task: row.task.name }) },
    { key: "mine", head: models.shown[one], kind: "wrap", value: (row) => row.mine, cell: (row) => number(row.mine) },
    { key: "theirs", head: models.shown[other], kind: "wrap", value: (row) => row.theirs, cell: (row) => number(row.theirs) },
    { key: "gap", head: yard.anchored ? "Difference in skill" : "Better by", kind: "score", value: (row) => row.gap, cell: (row) => difference(row.gap) },
    { key: "plot", head: ticksOf(axis), kind: "plots", cell: (row) => el("div", { class: "plot" }, strip(axis, { at: row.gap, low: row.low, high: row.high, lines: [0], said: `${row.task.title}: ${difference(row.gap)}` })) },
  ];
  const plain = () => rows.map((row) => [row.task.name, row.mine, row.theirs, row.gap]);
  return [el("p", { class: "lede", text: `${models.shown[one]} scores better on ${count(wins, "task")}, ${models.shown[other]} on ${losses}.` }),
    grid({ label: "Differences by task", caption: `${primary.label} of each, and how much better ${models.shown[one]} is; right of the line is better.`, columns, rows, kind: "metrics" }),
    keepers(`${models.name[one]}-and-${models.name[other]}`, ["task", models.name[one], models.name[other], "difference"], plain)];
}

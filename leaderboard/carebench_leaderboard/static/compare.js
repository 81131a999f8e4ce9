/* Two models side by side: on which tasks one is better, by how much, and whether the data can tell. */

async function comparePage(mount) {
  const given = state();
  const board = await withDraws(await openBoard(boardNumber()));
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
    return { task, mine, theirs, ...paired(board, [at], one, other) };
  }).filter((row) => row.mine !== null || row.theirs !== null);
  const axis = axisOver([0, ...fenced(rows.map((row) => row.gap)), ...fenced(rows.flatMap((row) => [row.low, row.high]))]);
  const said = (row) => (row.low === null ? "" : row.low > 0 ? "better" : row.high < 0 ? "worse" : "cannot tell");
  const columns = [
    { key: "task", head: "Task", kind: "name", names: true, value: (row) => row.task.title.toLowerCase(), cell: (row) => link(row.task.title, { view: "task", board: board.name, task: row.task.name }) },
    { key: "mine", head: models.shown[one], kind: "wrap", value: (row) => row.mine, cell: (row) => number(row.mine) },
    { key: "theirs", head: models.shown[other], kind: "wrap", value: (row) => row.theirs, cell: (row) => number(row.theirs) },
    { key: "gap", head: yard.anchored ? "Difference in skill" : "Better by", kind: "score", value: (row) => row.gap, cell: (row) => difference(row.gap) },
    { key: "plot", head: ticksOf(axis), kind: "plots", cell: (row) => el("div", { class: "plot" }, strip(axis, { at: row.gap, low: row.low, high: row.high, lines: [0], said: `${row.task.title}: ${difference(row.gap)} ${bounds(row.low, row.high)}` })) },
    { key: "interval", head: "95 % interval", kind: "interval", cell: (row) => bounds(row.low, row.high) },
    { key: "said", head: "These data say", kind: "text", value: said, cell: said },
  ];
  const plain = () => rows.map((row) => [row.task.name, row.mine, row.theirs, row.gap, row.low, row.high]);
  const picture = () => forestAlone(`${models.shown[one]} against ${models.shown[other]}`, yard.anchored ? "difference in skill" : "better by", rows.map((row) => ({ title: row.task.title, shown: row.gap, low: row.low, high: row.high, entrant: true })), axis);
  return [verdict(board, one, other),
    grid({ label: "Differences by task", caption: `${primary.label} of each, and how much better ${models.shown[one]} is, failures imputed, paired by ${rows.some((row) => row.task.replicated) ? "patient or replication" : "patient"} from the shipped replicates; right of the line is better.`, columns, rows, kind: "metrics" }),
    keepers(`${models.name[one]}-and-${models.name[other]}`, ["task", models.name[one], models.name[other], "difference", "low", "high"], plain, picture)];
}

/** How much better one model is than another over `tasks` that both cover, with the interval of its replicates. */
function paired(board, tasks, one, other) {
  const shared = tasks.filter((task) => counted(board, task, one) !== null && counted(board, task, other) !== null);
  if (!shared.length) {
    const [ours, others] = [one, other].map((at) => board.yard.show(board.score[tasks[0]][at]));
    return { gap: ours === null || others === null ? null : board.yard.distance(others) - board.yard.distance(ours), low: null, high: null, drawn: null };
  }
  const mean = (at) => { const shares = weights(board, shared); return board.yard.distance(shared.reduce((sum, task, place) => sum + shares[place] * counted(board, task, at), 0)); };
  const gap = mean(other) - mean(one), [mine, theirs] = [one, other].map((at) => drawnMeans(board, shared, at));
  if (!mine || !theirs) return { gap, low: null, high: null, drawn: null, shared };
  const drawn = less(theirs.map(board.yard.distance), mine.map(board.yard.distance));
  const [low, high] = around(drawn);
  return { gap, low, high, drawn, shared };
}

/** Over all tasks that count: the difference, and how often replicates make one of the two better in practice. */
function verdict(board, one, other) {
  const { models, rope, yard } = board;
  const found = paired(board, chosenTasks(board, PLAIN), one, other);
  if (!found.drawn) return el("p", { class: "lede", text: "There are no replicates of one of the two, or no task that counts has both: see task by task." });
  const wide = rope / Math.abs(yard.span);
  const share = (test) => `${number((100 * found.drawn.filter(test).length) / found.drawn.length, 0)} %`;
  const better = share((value) => value > wide), worse = share((value) => value < -wide), equal = share((value) => Math.abs(value) <= wide);
  return el("p", { class: "lede", text: `Over ${count(found.shared.length, "task")} that both cover, ${models.shown[one]} is ${difference(found.gap)} (${bounds(found.low, found.high) || "no interval"}) ahead. Of ${count(found.drawn.length, "replicate")}, it is better in practice in ${better}, equivalent in ${equal}, and worse in ${worse}.` });
}

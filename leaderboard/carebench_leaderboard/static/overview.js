/* The overview: a board's standings for the tasks that a reader chose, and its figures. */

/** Milliseconds after the last letter typed before what stands below the standings is drawn anew. */
const PAUSE = 150;

async function overview(mount) {
  const board = await openBoard(boardNumber());
  const [pictures, times] = await Promise.all([load(`pictures-${board.number}`), load(`times-${board.number}`)]);
  const holder = el("div"), below = el("div");
  mount.replaceChildren(chooser(), head(board), filters(board), holder, below);
  let waiting = 0;
  const update = () => {
    const given = state();
    const tasks = chosenTasks(board, given);
    if (!isWhole(board, tasks) && !board.drawn) return withDraws(board).then(update);
    const rows = standings(board, tasks);
    holder.replaceChildren(...headline(board, tasks, rows, given));
    clearTimeout(waiting);
    const rest = () => below.replaceChildren(heat(board, tasks, rows), ...figures(board, tasks, rows, pictures, times));
    if (below.childElementCount) waiting = setTimeout(rest, PAUSE);
    else rest();
    return null;
  };
  await update();
  setTimeout(() => withDraws(board), PAUSE);
  return update;
}

function chooser() {
  const here = boardNumber();
  return el("nav", { class: "boards", "aria-label": "Boards" }, summary().boards.map((each, at) =>
    el("a", { href: address({ ...PLAIN, board: each.name }), "aria-current": at === here ? "true" : null }, each.title)));
}

function head(board) {
  const { yard, primary } = board;
  const tasks = board.tasks.filter((task) => task.headline);
  const cohorts = new Set(tasks.map((task) => task.cohort)).size;
  const how = yard.anchored
    ? `Skill 0 is a score of ${+board.no_skill.toPrecision(4)}, skill 1 a score of ${+board.perfect.toPrecision(4)}.`
    : `This board has no anchors: it is ordered by ${primary.label} itself.`;
  return el("div", {}, el("h2", { text: board.title }), el("p", { class: "lede", text: board.question }),
    el("p", { class: "quiet about", text: `Primary score: ${primary.label} (${primary.summary.replace(/\.$/, "")}). ${how} Differences within ${board.rope} ${primary.label} count as equivalent in practice. ${count(tasks.length, "task that counts", "tasks that count")}, from ${count(cohorts, "cohort")}; ${count(board.models.name.length, "model")}.${board.declined.length ? ` Left out, since no task here suits them: ${board.declined.join(", ")}.` : ""}` }));
}

function filters(board) {
  const given = state();
  const cohorts = [...new Set(board.tasks.filter((task) => task.headline).map((task) => task.cohort))].sort();
  const typed = (name, label, hint) => el("label", {}, el("span", { text: label }),
    el("input", { type: "search", value: given[name], placeholder: hint, autocomplete: "off", spellcheck: "false", on: { input: (event) => alter({ [name]: event.target.value }) } }));
  const cohort = el("select", { on: { change: (event) => alter({ cohort: event.target.value }) } },
    el("option", { value: "", text: "every cohort" }), cohorts.map((name) => el("option", { value: name, text: name, selected: name === given.cohort })));
  return el("form", { class: "filters", role: "search", "aria-label": "Filters", on: { submit: (event) => event.preventDefault() } },
    typed("tasks", "Tasks", "every task"), el("label", {}, el("span", { text: "Cohort" }), cohort), typed("q", "Models", "every model"),
    chooseOne("missing", "Failed cells", [["", "count as no skill"], ["common", "only tasks all have"]]),
    chooseOne("interval", "95 % interval", [["", "on these tasks"], ["like", "on tasks like these"]]),
    tick("covered", "only with every cell"), tick("more", "secondary columns", "Win rate, mean rank, Elo and the like, which depend on who else is on the board"));
}

function chooseOne(name, label, options) {
  const now = state()[name];
  return el("label", {}, el("span", { text: label }), el("select", { on: { change: (event) => alter({ [name]: event.target.value }) } },
    options.map(([value, text]) => el("option", { value, text, selected: value === now }))));
}

function tick(name, label, about = null) {
  return el("label", { class: "check", title: about }, el("input", { type: "checkbox", checked: Boolean(state()[name]), on: { change: (event) => alter({ [name]: event.target.checked ? "1" : "" }) } }), el("span", { text: label }));
}

function visibleRows(board, rows, { q, covered }) {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const said = `${board.models.shown[row.at]} ${board.models.name[row.at]} ${board.models.origin[row.at]}`.toLowerCase();
    return words.every((word) => said.includes(word)) && (!covered || row.complete || !row.entrant);
  });
}

function headline(board, tasks, rows, given) {
  if (!tasks.length) return [el("p", { class: "notice", text: "No task that counts is chosen, so there is no mean. Scores stand on each task's own page." })];
  const { yard, models } = board;
  const like = given.interval === "like" && isWhole(board, tasks);
  const shown = visibleRows(board, rows, given).map((row) => (like ? onTasksLikeThese(board, row) : row));
  const axis = forestAxis(board, shown);
  const lines = rows.filter((row) => !row.entrant && row.shown !== null && !row.remarks).map((row) => row.shown);
  const columns = headlineColumns(board, axis, lines, given.more);
  const listed = sortedBy(shown, columns, given.sort);
  const names = ["rank", "rank_low", "rank_high", "group", "model", "title", "role", "shown", "low", "high", "difference", "difference_low", "difference_high", "ok", "planned"];
  const plain = () => listed.map((row) => [row.rank, row.range?.[0], row.range?.[1], row.group, models.name[row.at], models.shown[row.at], models.role[row.at], row.shown, row.low, row.high, row.difference, row.differenceLow, row.differenceHigh, row.ok, row.planned]);
  const picture = () => forestAlone(board.title, board.measure, listed.slice(0, 60).map((row) => ({ ...row, title: models.shown[row.at] })), axis);
  return [
    grid({ label: `Standings of ${board.title}`, caption: headlineCaption(board, tasks, shown, like), columns, rows: listed, kind: "standings", sort: given.sort, onSort: (sort) => alter({ sort }), rowClass: (row) => (row.entrant ? (row.ranks ? "" : "unranked") : "reference") }),
    keepers(`standings-${board.name}`, names, plain, picture),
  ];
}

/** An axis that holds every skill and interval but nothing below -1; of scores, all but what lies far out. */
function forestAxis(board, rows) {
  const known = rows.flatMap((row) => [row.shown, row.low, row.high]).filter((value) => value !== null && value !== undefined);
  return axisOver(board.yard.anchored ? known.map((value) => Math.max(value, -1)) : fenced(known));
}

function onTasksLikeThese(board, row) {
  const { like_low: low, like_high: high, like_reason: reason } = board.rows;
  return { ...row, low: low[row.at], high: high[row.at], reason: reason[row.at] };
}

function headlineCaption(board, tasks, shown, like) {
  const { neighbours, groups } = board.compared;
  const whole = isWhole(board, tasks);
  const about = whole ? (like ? "on tasks like these: cohorts vary" : `on these tasks: ${varying(tasks.map((at) => board.tasks[at]))} vary`) : "by replicates of these tasks, computed here; groups are of the whole board";
  const apart = whole && neighbours ? ` Of ${count(neighbours.pairs, "pair")} of neighbours in rank, the data tell ${neighbours.separated} apart.` : "";
  const tied = whole && groups.length ? " Models of one letter are not told apart from the first of them." : "";
  return `${board.measure} over ${count(tasks.length, "task")}, ${count(shown.length, "row")}; 95 % intervals ${about}.${apart}${tied}`;
}

/** What varies on some tasks: their units, and trainings unless each replication is a training of its own. */
function varying(tasks) {
  const words = [...new Set(tasks.map((task) => task.units))].sort();
  if (tasks.some((task) => !task.replicated)) words.push("trainings");
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0];
}

const SECONDARY = [["win_rate", "Win rate", "Share of the other models that it beats, ties half, over tasks"], ["mean_rank", "Mean rank", "Rank within a task, averaged over tasks"], ["elo", "Elo", "Bradley-Terry rating"], ["improvement", "Beats leader", "Probability that a run beats a run of the leader on the same task"], ["middle", "Middle half", "Mean of the middle half of its runs (interquartile mean)"]];

function headlineColumns(board, axis, lines, more) {
  const { yard, models, compared } = board;
  const said = (row) => `${models.shown[row.at]}: ${yard.text(row.shown)} ${bounds(row.low, row.high)}`;
  return [
    { key: "rank", head: "Rank", kind: "rank", value: (row) => row.rank, title: (row) => (row.range ? `rank ${row.range[0]} to ${row.range[1]} in the middle 95 % of replicates` : ""), cell: (row) => (row.rank ? [String(row.rank), row.range ? el("small", { text: row.range[0] === row.range[1] ? `${row.range[0]}` : `${row.range[0]}${ABSENT}${row.range[1]}` }) : null] : "") },
    ...(compared.groups.length ? [{ key: "group", head: "Tie", kind: "tie", about: "Models of one letter are not told apart from the first of them", value: (row) => row.group, cell: (row) => (row.group ? el("span", { class: `tie-${Math.min(row.group, 3)}`, text: letter(row.group) }) : "") }] : []),
    { key: "model", head: "Model", kind: "name", names: true, value: (row) => models.shown[row.at].toLowerCase(), cell: (row) => modelName(board, row) },
    { key: "shown", head: board.measure, kind: "score", value: (row) => row.shown, cell: (row) => yard.text(row.shown) },
    { key: "plot", head: ticksOf(axis), kind: "plots", cell: (row) => el("div", { class: "plot" }, strip(axis, { at: row.shown, low: row.low, high: row.high, hollow: row.entrant && !row.ranks, lines, said: said(row) })) },
    { key: "interval", head: "95 % interval", kind: "interval", cell: (row) => bounds(row.low, row.high), title: (row) => row.reason },
    { key: "difference", head: ["To leader", el("small", { text: "95 % interval" })], kind: "gap-to", value: (row) => row.difference, cell: (row) => toLeader(row) },
    { key: "cells", head: "Cells ok", kind: "cells", value: (row) => (row.entrant ? row.ok / row.planned : null), cell: (row) => (row.entrant ? coverage(row.ok, row.planned) : "") },
    ...board.besideMetrics.map((metric) => ({ key: metric.name, head: [`${metric.label} `, direction(metric)], kind: "beside", about: metric.summary, value: (row) => board.beside[metric.name][row.at], cell: (row) => number(board.beside[metric.name][row.at]) })),
    ...(more ? SECONDARY.map(([name, head, about]) => ({ key: name, head, kind: "beside", about, value: (row) => compared.secondary[name][row.at], cell: (row) => number(compared.secondary[name][row.at], name === "elo" ? 0 : name === "mean_rank" ? 1 : 3) })) : []),
  ];
}

/** A, B, ... Z, AA, AB, ... */
function letter(group) {
  return group > 26 ? letter(Math.floor((group - 1) / 26)) + letter(((group - 1) % 26) + 1) : String.fromCharCode(64 + group);
}

function modelName(board, row) {
  const { models } = board;
  return [link(models.shown[row.at], { view: "model", model: models.name[row.at] }),
    models.tuning[row.at] && !models.base[row.at] ? el("small", { text: models.tuning[row.at] }) : null,
    row.remarks ? el("small", { class: row.entrant ? "marked" : "", text: row.remarks, title: row.remarks }) : null];
}

function toLeader(row) {
  if (row.leads) return el("span", { class: "quiet", text: "leader" });
  return row.difference === null ? ABSENT : [difference(row.difference), el("small", { text: bounds(row.differenceLow, row.differenceHigh) })];
}

function coverage(ok, planned) {
  return [el("span", { class: ok < planned ? "marked" : "", text: `${ok}/${planned}` })];
}

const WIDEST = 40;
/** So many series are drawn side by side at once; more are in a fold. */
const MOST_PANELS = 24;

/** Scores by model and task, each coloured by its difference to the board's leader on that task. */
function heat(board, tasks, rows) {
  const { yard, models } = board;
  const leader = rows.find((row) => row.leads) ?? rows.find((row) => row.shown !== null);
  const all = board.tasks.map((_, at) => at).filter((at) => tasks.includes(at) || !board.tasks[at].headline);
  const listed = visibleRows(board, rows, state());
  const gapTo = (at, row) => {
    const [own, theirs] = [board.score[at][row.at], leader ? board.score[at][leader.at] : null].map(yard.show);
    return own === null || theirs === null ? null : yard.distance(theirs) - yard.distance(own);
  };
  const sizes = all.flatMap((at) => listed.map((row) => Math.abs(gapTo(at, row) ?? 0))).filter(Boolean).sort((one, other) => one - other);
  const widest = sizes[Math.floor(sizes.length * 0.9)] || 1;
  const column = (at) => ({
    key: `t${at}`, kind: "heat", about: board.tasks[at].name,
    head: [link(board.tasks[at].title, { view: "task", task: board.tasks[at].name }), board.tasks[at].headline ? null : el("small", { text: "outside the mean" })],
    cell: (row) => [number(board.score[at][row.at]), board.score[at][row.at] !== null && board.ok[at][row.at] < board.planned[at][row.at] ? el("span", { class: "marked", text: "†" }) : null],
    title: (row) => heatSaid(board, at, row, gapTo(at, row), leader),
    style: (row) => shade(gapTo(at, row), widest),
  });
  const shown = all.slice(0, WIDEST);
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: (row) => link(models.shown[row.at], { view: "model", model: models.name[row.at] }) }, ...shown.map(column)];
  const caption = `${board.primary.label}, mean over seeds. Colour is the difference to ${leader ? models.shown[leader.at] : "the leader"} on the same task: blue is better, orange worse. † marks a mean over only some of the planned cells.${all.length > WIDEST ? ` ${count(all.length - WIDEST, "more task")} by the filter above.` : ""}`;
  const names = ["model", ...all.map((at) => board.tasks[at].name)];
  const plain = () => listed.map((row) => [models.name[row.at], ...all.map((at) => board.score[at][row.at])]);
  return el("section", {}, el("h3", { text: `${board.primary.label} by task` }),
    grid({ label: `${board.primary.label} by model and task`, caption, columns, rows: listed, kind: "heatmap", rowClass: (row) => (row.entrant ? "" : "reference") }),
    keepers(`scores-${board.name}`, names, plain));
}

function heatSaid(board, at, row, gap, leader) {
  const { primary } = board;
  const own = bounds(board.low[at][row.at], board.high[at][row.at]);
  const against = gap === null || row.at === leader.at ? "" : `; ${difference(gap)} ${board.yard.anchored ? "skill " : ""}against ${board.models.shown[leader.at]}`;
  return `${primary.label} ${number(board.score[at][row.at])}${own ? ` (${own})` : ""}${against}; ${board.ok[at][row.at]} of ${board.planned[at][row.at]} cells ok`;
}

function shade(gap, widest) {
  if (gap === null) return {};
  const depth = Math.min(Math.abs(gap) / widest, 1) * 42;
  return { background: `color-mix(in oklab, var(${gap >= 0 ? "--better" : "--worse"}) ${depth.toFixed(0)}%, transparent)` };
}

function figures(board, tasks, rows, pictures, times) {
  const drawn = [rangeFigure(board, rows), criticalFigure(board, tasks, rows), timeFigure(board, rows, times), ...pictures.map((figure) => picture(board, figure)), oracleFigure(board), profileFigure(board, tasks, rows), sensitivityTable(board, tasks)].filter(Boolean);
  return drawn.length ? [el("h3", { class: "part", text: "Figures" }), ...drawn] : [];
}

/** Eight hues for the first eight entrants, none for the others. */
function hueOf(row, place) {
  return !row.entrant ? 0 : place < 8 ? place + 1 : 0;
}

function timeFigure(board, rows, times) {
  const entrants = rows.filter((row) => row.entrant);
  const dots = entrants.filter((row) => row.shown !== null && times.wall_s[row.at])
    .map((row, place) => [times.wall_s[row.at], row.shown, board.models.shown[row.at], hueOf(row, place)]);
  if (dots.length < 2) return null;
  const figure = { title: `${board.measure} against time`, kind: "scatter", x: "mean wall time of a cell, seconds (logarithmic)", y: board.measure };
  const view = scatterView(board.title, dots, { logarithmic: true, text: seconds });
  return figureOf(figure.title, "Further up is better, further left is faster. Times are of the machine that ran the cells, on everything that it did at the time.", panel(view, figure),
    [keepers(`time-${board.name}`, ["model", "seconds", "shown"], () => dots.map(([time, shown, title]) => [title, time, shown]), () => panelAlone(view, figure))]);
}

function picture(board, figure) {
  const [first, ...others] = figure.panels;
  const scatter = figure.kind === "scatter";
  const words = [
    `${figure.y}${scatter ? ` (upwards) and ${figure.x} (to the right)` : ""}. ${first.title}.`,
    first.lines.length < board.models.name.length ? `${first.lines.length} of ${board.models.name.length} models have all of it.` : "",
    first.curves.some((each) => each.bars) ? `Bars are 95 % intervals${scatter ? "" : ", set a little apart"}${first.curves.some((each) => each.band) ? "; the area is that of the first model" : ""}.` : "",
    first.levels.length ? "Dashed across: what no model moves." : "",
    first.outside ? `${count(first.outside, "model lies", "models lie")} in part beyond the axis.` : "",
  ].filter(Boolean).join(" ");
  return figureOf(figure.title, words, panel(first, figure), [
    keepers(`${figure.name}-${board.name}`, dotColumns, () => dotRows(board, first), () => panelAlone(first, figure)),
    fold("The numbers", "", () => dotTable(board, figure, first)),
    others.length ? multiples(figure, others) : null,
  ]);
}

/** The other panels: series side by side at once, tasks when somebody asks for them. */
function multiples(figure, others) {
  const drawn = () => el("div", { class: "panels" }, others.map((each) => el("div", { class: "panel" }, el("h4", { text: each.title }), panel(each, figure, true))));
  if (figure.kind === "over-levels" && others.length <= MOST_PANELS) return drawn();
  return fold(figure.kind === "over-levels" ? "By series" : "By task", `${count(others.length, "panel")}, each with its own axes`, drawn);
}

const dotColumns = ["model", "x", "y", "y_low", "y_high", "x_low", "x_high"];

function dotRows(board, view) {
  return [...view.lines.flatMap(([at, dots]) => dots.map((dot) => [board.models.name[at], ...dot])), ...view.levels.map(([label, height]) => [label, null, height])];
}

function dotTable(board, figure, view) {
  const slopes = new Map(view.slopes.map(([at, ...slope]) => [at, slope]));
  const scatter = figure.kind === "scatter";
  const dots = view.lines[0][1].map((dot, place) => ({
    key: `d${place}`, head: scatter ? figure.y : String(dot[0]),
    cell: ([, own]) => [number(own[place][1]), el("small", { text: bounds(own[place][2], own[place][3]) })],
  }));
  const columns = [{ key: "model", head: "Model", kind: "name", names: true, cell: ([at]) => board.models.shown[at] },
    ...(scatter ? [{ key: "x", head: figure.x, cell: ([, own]) => [number(own[0][0]), el("small", { text: bounds(own[0][4], own[0][5]) })] }] : []), ...dots,
    ...(slopes.size ? [{ key: "slope", head: "Slope", cell: ([at]) => [difference(slopes.get(at)[0]), el("small", { text: bounds(slopes.get(at)[1], slopes.get(at)[2]) })] }] : [])];
  const about = slopes.size ? ` Slope: least squares, per unit of ${figure.x}.` : "";
  const levels = view.levels.length ? ` Lines: ${view.levels.map(([label, height]) => `${label} ${number(height)}`).join("; ")}.` : "";
  return grid({ label: `Numbers of ${figure.title}`, caption: `${figure.y}, ${view.title}; 95 % interval below where it is known.${about}${levels}`, columns, rows: view.lines, kind: "numbers" });
}

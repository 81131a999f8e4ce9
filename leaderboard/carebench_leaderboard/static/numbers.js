/* Means, coverage, ranks and their ranges over the tasks that a reader chose, as the Python of the board computes them. */

/** How a score becomes what orders the board: anchored skill, or the score itself. */
function yardstick(about) {
  const anchored = about.no_skill !== null;
  const { better, ideal } = about.metrics[0];
  const zero = anchored ? about.no_skill : 0;
  const span = anchored ? about.perfect - about.no_skill : 1;
  return {
    anchored, zero, span,
    show: (score) => (score === null ? null : (score - zero) / span),
    distance: (shown) => (anchored ? -shown : better === "nearer" ? Math.abs(shown - ideal) : better === "lower" ? shown : -shown),
    text: (shown) => (anchored ? skill(shown) : number(shown)),
  };
}

/** Numbers of the tasks that a filter leaves. */
function chosenTasks(board, { tasks, cohort, missing }) {
  const words = tasks.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const common = new Set(board.compared.common);
  return board.tasks.map((_, at) => at).filter((at) => {
    const { name, title, headline, cohort: own } = board.tasks[at];
    const said = `${name} ${title}`.toLowerCase();
    return headline && (!cohort || own === cohort) && (missing !== "common" || common.has(name)) && (!words.length || words.some((word) => said.includes(word)));
  });
}

/** Weight of each of `tasks`: cohorts count alike, and tasks within each. */
function weights(board, tasks) {
  const sizes = new Map();
  for (const at of tasks) sizes.set(board.tasks[at].cohort, (sizes.get(board.tasks[at].cohort) ?? 0) + 1);
  return tasks.map((at) => 1 / (sizes.size * sizes.get(board.tasks[at].cohort)));
}

/** The headline rows over `tasks`, in order: mean, coverage and rank of every model. */
function standings(board, tasks) {
  if (isWhole(board, tasks)) return ranked(board, published(board));
  return withReplicates(board, tasks, ranked(board, board.models.name.map((_, at) => recomputed(board, tasks, at))));
}

/** Whether `tasks` are all that count, so that the published numbers hold. */
function isWhole(board, tasks) {
  return tasks.length === board.tasks.filter((task) => task.headline).length;
}

function published(board) {
  const { rows, compared } = board;
  return rows.ok.map((_, at) => ({
    at, shown: rows.shown[at], ok: rows.ok[at], planned: rows.planned[at], complete: rows.complete[at],
    low: rows.low[at], high: rows.high[at], reason: rows.reason[at], remarks: rows.remarks[at],
    difference: rows.difference[at], differenceLow: rows.difference_low[at], differenceHigh: rows.difference_high[at],
    range: compared.range[at], group: compared.group[at],
  }));
}

function recomputed(board, tasks, at) {
  const held = tasks.filter((task) => counted(board, task, at) !== null);
  const shares = weights(board, held);
  const sum = (matrix) => tasks.reduce((total, task) => total + matrix[task][at], 0);
  const partial = held.length < tasks.length ? `mean over ${held.length} of ${count(tasks.length, "task")}` : "";
  const gaps = sum(board.gaps);
  const shown = held.length ? held.reduce((total, task, place) => total + shares[place] * counted(board, task, at), 0) : null;
  return {
    at, shown, ok: sum(board.ok), planned: sum(board.planned), complete: gaps === 0 && held.length > 0,
    low: null, high: null, reason: "no replicates of some of these scores", difference: null, differenceLow: null, differenceHigh: null, range: null, group: board.compared.group[at],
    remarks: [gaps && isEntrant(board, at) ? `${count(gaps, "cell")} not ok` : "", partial].filter(Boolean).join(", "),
  };
}

/** Intervals, differences to the leader and rank ranges of recomputed `rows`, from the replicates. */
function withReplicates(board, tasks, rows) {
  const leader = rows.find((row) => row.leads);
  for (const row of rows) row.drawn = row.shown === null ? null : drawnMeans(board, tasks, row.at);
  for (const row of rows) {
    if (row.drawn === null) continue;
    [row.low, row.high] = around(row.drawn);
    if (!leader || row.leads) continue;
    row.difference = row.shown - leader.shown;
    [row.differenceLow, row.differenceHigh] = around(less(row.drawn, leader.drawn));
  }
  const ranks = rows.filter((row) => row.ranks);
  if (ranks.every((row) => row.low !== null)) rankRanges(board, ranks.map((row) => row.drawn)).forEach((range, at) => { ranks[at].range = range; });
  return rows;
}

function isEntrant(board, at) {
  return board.models.role[at] === "entrant";
}

/** `rows` ordered and numbered: ranked ones first, then unranked ones, then references; equal figures share a position. */
function ranked(board, rows) {
  const place = (row) => (row.shown === null ? Infinity : Math.round(board.yard.distance(row.shown) * 1e6) / 1e6);
  for (const row of rows) {
    row.place = place(row);
    row.entrant = isEntrant(board, row.at);
    row.ranks = row.entrant && row.complete && row.shown !== null;
  }
  const order = (row) => [!row.entrant, !row.ranks, row.shown === null, row.place, board.models.name[row.at]];
  rows = rows.map((row) => [order(row), row]).sort(([one], [other]) => compared(one, other)).map(([, row]) => row);
  let position = 0;
  rows.forEach((row, index) => {
    if (index === 0 || row.place !== rows[index - 1].place) position = index + 1;
    row.rank = row.ranks ? position : null;
    row.leads = row.ranks && position === 1;
  });
  return rows;
}

function compared(one, other) {
  const at = one.findIndex((value, place) => value !== other[place]);
  return at < 0 ? 0 : one[at] < other[at] ? -1 : 1;
}

/** A linear axis over `values` with round ticks, and where a value lies on it, 0 to 100. */
function axisOver(values, wanted = 5) {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  let low = known.length ? known.reduce((one, other) => Math.min(one, other)) : 0;
  let high = known.length ? known.reduce((one, other) => Math.max(one, other)) : 1;
  const margin = Math.max(0.06 * (high - low), 0.01 * Math.max(Math.abs(low), Math.abs(high)), 1e-6);
  [low, high] = [low - margin, high + margin];
  const power = 10 ** Math.floor(Math.log10((high - low) / wanted));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= (high - low) / wanted - 1e-12);
  const ticks = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick += 1) ticks.push(tick * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    low, high, ticks, label: (tick) => number(tick, digits),
    place: (value) => Math.min(Math.max((100 * (value - low)) / (high - low), 0), 100),
    holds: (value) => value >= low && value <= high,
  };
}

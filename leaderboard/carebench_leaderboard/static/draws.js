/* Bootstrap replicates of every score: what they say of any choice of tasks and models, as the Python of the board does. */

/** The replicates of a board, unpacked: `values` and `scale` by model and task, `steps` by task as signed bytes. */
function unpacked(shard) {
  const rows = new Map(shard.models.map((at, row) => [at, row]));
  const columns = new Map(shard.tasks.map((at, column) => [at, column]));
  const bytes = (text) => Int8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return { draws: shard.draws, rows, columns, values: shard.values, scale: shard.scale, steps: shard.steps.map(bytes) };
}

/** What a model shows on a task that counts, failures imputed; beyond those that replicates are shipped of, without. */
function counted(board, task, at) {
  const { rows, columns, values } = board.drawn;
  const column = columns.get(task);
  if (column === undefined) return null;
  return rows.has(at) ? values[rows.get(at)][column] : board.yard.show(board.score[task][at]);
}

/** Each replicate of a model's mean over `tasks`, shape (B,), those that it covers, cohorts counting alike; null without. */
function drawnMeans(board, tasks, at) {
  const { draws, rows, columns, scale, steps } = board.drawn;
  if (!rows.has(at)) return null;
  const held = tasks.filter((task) => counted(board, task, at) !== null);
  const shares = weights(board, held);
  const found = new Float64Array(draws), row = rows.get(at);
  let centre = 0;
  held.forEach((task, place) => {
    const column = columns.get(task), own = steps[column], start = row * draws;
    const step = shares[place] * scale[row][column];
    centre += shares[place] * counted(board, task, at);
    for (let draw = 0; draw < draws; draw += 1) found[draw] += step * own[start + draw];
  });
  return found.map((moved) => centre + moved);
}

/** Smallest and largest rank in the middle 95 % of replicates, for each of `all`, the replicates of as many models. */
function rankRanges(board, all) {
  const draws = all[0]?.length ?? 0;
  const ranks = all.map(() => new Float64Array(draws));
  const far = all.map((drawn) => drawn.map(board.yard.distance));
  const order = all.map((_, at) => at);
  for (let draw = 0; draw < draws; draw += 1) {
    order.sort((one, other) => far[one][draw] - far[other][draw]);
    let rank = 1;
    order.forEach((at, place) => {
      if (place && far[at][draw] > far[order[place - 1]][draw]) rank = place + 1;
      ranks[at][draw] = rank;
    });
  }
  return ranks.map((own) => {
    own.sort();
    return [own[Math.floor(0.025 * draws)], own[Math.ceil(0.975 * draws) - 1]];
  });
}

/** The middle 95 % of replicates; nothing where they do not vary. */
function around(drawn) {
  const own = drawn.slice().sort();
  const low = own[Math.floor(0.025 * own.length)], high = own[Math.ceil(0.975 * own.length) - 1];
  return high - low > 1e-12 ? [low, high] : [null, null];
}

function less(one, other) {
  return one.map((value, at) => value - other[at]);
}

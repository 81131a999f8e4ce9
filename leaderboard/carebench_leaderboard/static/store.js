/* Shards of data: scripts that hand over one value each. A folder opened from disk may load scripts and nothing else. */

const shards = new Map();
const awaited = new Map();
const boards = new Map();

window.carebench = (name, data) => {
  shards.set(name, data);
  awaited.get(name)?.(data);
};

/** The shard of that name: at once where it is here already, else from the script beside the page. */
async function load(name) {
  if (shards.has(name)) return shards.get(name);
  return new Promise((resolve, reject) => {
    awaited.set(name, resolve);
    const source = el("script", { src: `data/${name}.js` });
    source.addEventListener("error", () => reject(new Error(`data/${name}.js is missing: copy the whole folder`)));
    source.addEventListener("load", () => source.remove());
    document.head.append(source);
  });
}

/** A board with its columns, ready to be computed with. */
async function openBoard(number) {
  if (!boards.has(number)) boards.set(number, await newBoard(number));
  return boards.get(number);
}

async function newBoard(number) {
  const about = summary().boards[number];
  const data = await load(about.shard);
  const besideMetrics = about.beside.map((name) => about.metrics.find((metric) => metric.name === name));
  return { ...about, ...data, number, besideMetrics, primary: about.metrics[0], yard: yardstick(about), drawn: null };
}

/** The same board once its replicates are here too; they are large, and needed only for a choice of tasks or a pair. */
async function withDraws(board) {
  const shard = await load(`draws-${board.number}`);
  board.drawn ??= unpacked(shard);
  return board;
}

function summary() {
  return shards.get("summary");
}

/* What to show when, and the switch between light and dark. */

const VIEWS = { overview, task: taskPage, model: modelPage, compare: comparePage, methods: methodsPage, log: logPage };
const NAMES = { overview: "Overview", compare: "Compare", methods: "Methods", log: "Log" };
const THEMES = ["auto", "light", "dark"];
const main = document.getElementById("main");
const methods = document.getElementById("methods");
let shown = "", refresh = null;

/** Show what the address says: the view anew where it is another, else its changed parts alone. */
async function show() {
  const given = state();
  const view = given.view in VIEWS ? given.view : "overview";
  const place = [view, given.board, given.task, given.model, given.with].join("\n");
  if (place === shown && refresh) refresh();
  else if (place !== shown) await open(view, place);
  await drawer();
  document.documentElement.dataset.ready = place;
}

async function open(view, place) {
  const first = !shown;
  shown = place;
  refresh = null;
  navigation(view);
  const mount = el("div", { class: `view ${view}` });
  const found = await VIEWS[view](mount);
  if (shown !== place) return;
  refresh = found ?? null;
  main.replaceChildren(mount);
  document.title = `${mount.querySelector("h2")?.textContent ?? ""} · ${summary().suite.title}`;
  if (!first) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
}

function navigation(view) {
  document.getElementById("views").replaceChildren(...Object.entries(NAMES).map(([name, text]) =>
    el("a", { href: elsewhere({ view: name }), "aria-current": name === view ? "page" : null, text })), themeSwitch());
}

function themeSwitch() {
  const now = document.documentElement.dataset.theme ?? "auto";
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
  return el("button", { class: "theme", title: `Colours: ${now}`, "aria-label": `Colours: ${now}. Switch to ${next}`, text: { auto: "◐", light: "☀", dark: "☾" }[now], on: { click: () => choose(next) } });
}

function choose(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  remembered(theme);
  document.querySelector(".theme").replaceWith(themeSwitch());
}

/** The theme kept from last time, or kept now; where a browser keeps nothing, it is as the system has it. */
function remembered(theme) {
  try {
    if (theme) localStorage.setItem("carebench-theme", theme);
    return localStorage.getItem("carebench-theme");
  } catch {
    return null;
  }
}

function complain(error) {
  main.replaceChildren(el("p", { class: "notice", role: "alert", text: `This view could not be shown: ${error.message}` }));
}

async function start() {
  document.documentElement.classList.add("live");
  const theme = remembered();
  if (THEMES.includes(theme) && theme !== "auto") document.documentElement.dataset.theme = theme;
  methods.hidden = true;
  await load("summary");
  addEventListener("hashchange", redraw);
  redraw();
}

function redraw() {
  return show().catch(complain);
}

if (document.readyState === "complete") start();
else addEventListener("DOMContentLoaded", start);

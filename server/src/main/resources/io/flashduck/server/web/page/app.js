"use strict";

const REFRESH_MILLIS = 1000;
const SHOWN_ROWS = 200;
const SHOWN_FILES = 500;

const byId = (id) => document.getElementById(id);
const versions = new Map();

// Only text is ever put into the page: values of the user's data are never parsed as HTML.
function cell(text, className) {
  const td = document.createElement("td");
  td.textContent = text;
  td.title = text.length > 40 ? text : "";
  if (className) td.className = className;
  return td;
}

function row(cells) {
  const tr = document.createElement("tr");
  tr.append(...cells);
  return tr;
}

function fill(table, rows) {
  byId(table).tBodies[0].replaceChildren(...rows);
}

const number = (n) => n.toLocaleString("en-US");

function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return (unit === 0 || n >= 9.95 ? Math.round(n) : n.toFixed(1)) + " " + units[unit];
}

function ago(text) {
  if (!text) return "";
  const seconds = (Date.now() - Date.parse(text)) / 1000;
  if (seconds < 2) return "now";
  if (seconds < 90) return Math.round(seconds) + " s ago";
  if (seconds < 5400) return Math.round(seconds / 60) + " min ago";
  if (seconds < 129600) return Math.round(seconds / 3600) + " h ago";
  return Math.round(seconds / 86400) + " days ago";
}

const millis = (n) => (n == null ? "" : n < 1000 ? n + " ms" : (n / 1000).toFixed(1) + " s");

function quoted(name) {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : '"' + name.replaceAll('"', '""') + '"';
}

function tableName(table) {
  return table.schema === "main" ? quoted(table.name) : quoted(table.schema) + "." + quoted(table.name);
}

function tableRow(table) {
  const name = tableName(table);
  const open = document.createElement("button");
  open.type = "button";
  open.textContent = name;
  open.title = table.columns.map((c) => c.name + " " + c.type).join("\n");
  open.addEventListener("click", () => {
    byId("sql").value = "SELECT * FROM " + name;
    run();
  });
  const nameCell = document.createElement("td");
  nameCell.append(open);
  const tr = row([
    nameCell,
    cell(number(table.rows), "n"),
    cell(table.key.join(", ")),
    cell(String(table.columns.length), "n"),
    cell(number(table.files), "n"),
    cell(ago(table.changed)),
    exportCell(table.export, table.version),
  ]);
  if (versions.has(name) && versions.get(name) !== table.version) tr.className = "fresh";
  versions.set(name, table.version);
  return tr;
}

function exportCell(file, version) {
  if (!file) return cell("");
  if (file.error) return cell(file.error, "reason");
  if (!file.file) return cell("not yet");
  const name = file.file.split("/").slice(-2).join("/");
  const shown = cell(name + " · " + bytes(file.bytes) + (file.version < version ? " · being replaced" : ""));
  shown.title = file.file;
  return shown;
}

function fileRow(file) {
  const good = file.state === "loaded";
  const state = cell(file.reason ? file.state + ": " + file.reason : file.state, good ? "good" : "reason");
  return row([
    cell(file.path),
    cell(file.table),
    state,
    cell(number(file.rows), "n"),
    cell(bytes(file.bytes), "n"),
    cell(ago(file.modified)),
    cell(millis(file.loadMillis), "n"),
  ]);
}

function show(status) {
  byId("data").textContent = status.server.data;
  byId("flight").textContent = status.server.flight;
  byId("version").textContent = "FlashDuck " + status.server.version;
  const database = status.database;
  byId("t-tables").textContent = number(status.tables.length);
  byId("t-rows").textContent = number(status.tables.reduce((sum, t) => sum + t.rows, 0));
  byId("t-files").textContent = number(status.files.length);
  const changes = status.tables.map((t) => t.changed).filter(Boolean).sort();
  byId("t-changed").textContent = ago(changes[changes.length - 1]) || "none";
  byId("t-sequence").textContent = number(database.applied);
  byId("t-queue").textContent = database.queueBytes ? bytes(database.queueBytes) : "nothing";
  const problems = status.tables.filter((t) => t.problem).map((t) => tableName(t) + ": " + t.problem);
  if (database.writesRefused) problems.unshift("Writes are refused: " + database.writesRefused);
  byId("alarm").hidden = problems.length === 0;
  byId("alarm").textContent = problems.join(" · ");
  fill("tables", status.tables.map(tableRow));
  document.querySelector(".empty").hidden = status.tables.length > 0;
  const trouble = (file) => (file.state === "loaded" ? 1 : 0);
  const files = [...status.files].sort(
    (a, b) => trouble(a) - trouble(b) || Date.parse(b.modified) - Date.parse(a.modified));
  fill("files", files.slice(0, SHOWN_FILES).map(fileRow));
  byId("queries-section").hidden = status.queries.length === 0;
  fill("queries", status.queries.map((q) => row([cell(q.sql), cell(q.user), cell(millis(q.millis), "n")])));
}

function state(text, className) {
  byId("state").textContent = text;
  byId("state").className = "state " + className;
}

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch("/api/status");
    if (!response.ok) throw new Error((await response.json()).error.message);
    show(await response.json());
    state("live", "good");
  } catch (failure) {
    state(failure instanceof TypeError ? "no connection" : failure.message, "bad");
  }
}

async function run() {
  const button = document.querySelector("#query button");
  const failure = byId("failure");
  button.disabled = true;
  failure.hidden = true;
  byId("took").textContent = "running …";
  const start = performance.now();
  try {
    const response = await fetch("/api/query", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sql: byId("sql").value, maxRows: SHOWN_ROWS, text: true }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error.message);
    showResult(answer);
    const took = performance.now() - start;
    byId("took").textContent =
      number(answer.rows.length) + (answer.complete ? " rows in " : " rows and more, first in ") +
      (took < 100 ? took.toFixed(1) : Math.round(took)) + " ms";
  } catch (problem) {
    failure.textContent = problem.message;
    failure.hidden = false;
    byId("took").textContent = "";
  } finally {
    button.disabled = false;
  }
}

function showResult(answer) {
  const numeric = answer.columns.map((c) => /^(U?(TINY|SMALL|BIG|HUGE)?INT|INTEGER|UINTEGER|DOUBLE|FLOAT|DECIMAL)/.test(c.type));
  const head = document.createElement("tr");
  answer.columns.forEach((column, i) => {
    const th = document.createElement("th");
    th.textContent = column.name;
    th.title = column.type;
    if (numeric[i]) th.className = "n";
    head.append(th);
  });
  byId("result").tHead.replaceChildren(head);
  fill("result", answer.rows.map((values) => row(values.map((value, i) =>
    value === null ? cell("NULL", "null") : cell(value, numeric[i] ? "n" : "")))));
}

byId("query").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
byId("sql").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
document.addEventListener("visibilitychange", refresh);
refresh();
setInterval(refresh, REFRESH_MILLIS);

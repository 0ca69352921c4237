"use strict";
const root = document.body.dataset.root;
const { loaded, load } = ((nonce) => {
  const waiting = new Map();
  const kept = new Map();
  return {
    loaded(name, value) {
      kept.set(name, value);
      for (const each of waiting.get(name) ?? []) each(value);
    },
    load(name, then) {
      if (kept.has(name)) { then(kept.get(name)); return; }
      if (waiting.has(name)) { waiting.get(name).push(then); return; }
      waiting.set(name, [then]);
      const script = document.createElement("script");
      script.nonce = nonce;
      script.src = `${root}${name}`;
      document.head.append(script);
    },
  };
})(document.currentScript.nonce);

function made(tag, text = "", settings = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  Object.assign(element, settings);
  return element;
}

/* The state of a page is in its address, so that it can be sent, and Back returns to it. */
function remembered(name) { return new URLSearchParams(location.search).getAll(name); }
function remember(name, values) {
  const query = new URLSearchParams(location.search);
  query.delete(name);
  for (const each of values) if (each) query.append(name, each);
  const text = query.toString();
  try { history.replaceState(null, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`); } catch { /* too often */ }
}

/* The search over all pages. */
(() => {
  const form = document.getElementById("search");
  if (!form) return;
  const input = document.getElementById("find");
  const hits = document.getElementById("hits");
  const status = document.getElementById("found");
  const SHOWN = 12;
  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}_*.]+/gu) ?? [];

  /* A pasted error is searched by its code and meta.error, or by its title. */
  function wanted(text) {
    const one = (name) => new RegExp(`"${name}"\\s*:\\s*"([^"]{1,200})"`).exec(text)?.[1] ?? "";
    const error = one("code") || /"errors"\s*:/.test(text);
    return error ? { errors: true, words: words([one("code"), one("error")].join(" ").trim() || one("title") || one("status")) }
      : { errors: false, words: words(text) };
  }

  function score(entry, asked) {
    let sum = 0;
    let missed = 0;
    for (const word of asked) {
      const here = entry.names.has(word) ? 12 : entry.title.some((each) => each === word) ? 8
        : entry.title.some((each) => each.startsWith(word)) ? 5 : entry.text.includes(word) ? 2 : 0;
      sum += here;
      missed += !here;
    }
    return missed > (asked.length > 4 ? asked.length / 2 : 0) ? 0 : sum * (asked.length - missed) / asked.length;
  }

  function prepared(entries) {
    return entries.map(([kind, title, text, address, names]) => ({
      kind, shown: title, below: text, address, names: new Set(words(names)), title: words(title),
      text: `${title} ${text} ${names}`.toLowerCase(),
    }));
  }

  let ready = null;
  function found(text) {
    const { errors, words: asked } = wanted(text);
    if (!asked.length) return [];
    const among = errors ? ready.filter((each) => each.kind === "error") : ready;
    return among.map((entry) => [score(entry, asked), entry]).filter(([points]) => points > 0)
      .sort((one, other) => other[0] - one[0]).map(([, entry]) => entry);
  }

  function show() {
    remember("q", [input.value.slice(0, 2000)]);
    const all = found(input.value);
    hits.replaceChildren(...all.slice(0, SHOWN).map((entry) => {
      const item = made("li");
      const link = made("a", entry.shown, { href: `${root}${entry.address}` });
      item.append(made("span", entry.kind, { className: "kind" }), link, made("span", entry.below, { className: "below" }));
      return item;
    }));
    const nothing = input.value.trim() && !all.length;
    if (nothing) hits.append(made("li", "Nothing found.", { className: "below" }));
    hits.hidden = !input.value.trim();
    status.textContent = input.value.trim() ? `${all.length} found` : "";
  }

  function typed() {
    load("search.js", (entries) => { ready ??= prepared(entries); show(); });
  }

  function moved(event) {
    const links = [...hits.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { input.value = ""; show(); input.focus(); }
    else if (event.key === "ArrowDown" && links.length) links[Math.min(at + 1, links.length - 1)].focus();
    else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
    else if (event.key === "ArrowUp" && at === 0) input.focus();
    else return;
    event.preventDefault();
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load("search.js", (entries) => {
      ready ??= prepared(entries);
      const first = found(input.value)[0];
      if (first) location.href = `${root}${first.address}`;
    });
  });
  input.addEventListener("input", typed);
  form.addEventListener("keydown", moved);
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) hits.hidden = true; });
  input.addEventListener("focus", () => { if (ready && input.value) hits.hidden = false; });
  addEventListener("pageshow", () => {
    [input.value] = [...remembered("q"), ""];
    if (input.value) typed();
  });
})();

/* A message that scrolls shows what is marked in it. */
function revealed(message) {
  const mark = message.querySelector("mark");
  if (mark && mark.offsetTop + mark.offsetHeight > message.offsetTop + message.clientHeight) {
    message.scrollTop = mark.offsetTop - message.offsetTop - message.clientHeight / 3;
  }
}
addEventListener("DOMContentLoaded", () => { for (const each of document.querySelectorAll("pre")) revealed(each); });

/* What an address leads to is unfolded, and shown again if a choice hides it. */
(() => {
  function arrive() {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    if (target.closest("[hidden]")) document.dispatchEvent(new Event("unfilter"));
    for (let each = target.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", arrive);
  addEventListener("DOMContentLoaded", arrive);
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const target = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(target.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(target);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
})();

/* Examples: stored once in a file beside the pages, and shown when somebody unfolds one. */
(() => {
  function shown(label, text, marked) {
    const box = made("div");
    const message = made("pre", "", { tabIndex: 0, ariaLabel: label });
    text.split("\n").forEach((line, number) => {
      const bare = line.trimStart();
      message.append(line.slice(0, line.length - bare.length), marked.includes(number) ? made("mark", bare) : bare, "\n");
    });
    box.append(made("p", label, { className: "label" }), message);
    return box;
  }
  function fill(place) {
    load("examples.js", ({ texts, examples }) => {
      const example = examples[place.dataset.example];
      if (!example || place.firstChild) return;
      const [request, sent, response, came] = example;
      place.append(shown("Request", texts[request], sent), shown("Response", texts[response], came));
      for (const each of place.querySelectorAll("pre")) revealed(each);
    });
  }
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    for (const each of event.target.querySelectorAll("[data-example]")) {
      if (each.closest("details") === event.target) fill(each);
    }
  }, true);
})();

/* What is folded only to be short on a screen is printed. */
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll(".unfolds:not([open])")) { each.open = true; each.dataset.folded = ""; }
});
addEventListener("afterprint", () => {
  for (const each of document.querySelectorAll("[data-folded]")) { each.open = false; delete each.dataset.folded; }
});

/* Choices narrow a list; they are in the address too. */
(() => {
  const choices = [...document.querySelectorAll("select[data-by]")];
  if (!choices.length) return;
  const entries = [...document.querySelectorAll(".among > [data-entry]")];
  const status = document.getElementById("narrowed");
  function narrow() {
    let left = 0;
    for (const each of entries) {
      each.hidden = !choices.every((choice) => !choice.value || each.dataset[choice.dataset.by] === choice.value);
      left += !each.hidden;
    }
    for (const each of document.querySelectorAll(".among")) each.hidden = !each.querySelector("[data-entry]:not([hidden])");
    status.textContent = left === entries.length ? `${left} shown` : `${left} of ${entries.length} shown`;
  }
  for (const each of choices) {
    const [value] = remembered(each.id);
    if ([...each.options].some((option) => option.value === value)) each.value = value;
    each.addEventListener("change", () => { remember(each.id, [each.value]); narrow(); });
    each.closest("[hidden]")?.removeAttribute("hidden");
  }
  document.addEventListener("unfilter", () => {
    for (const each of choices) { each.value = ""; remember(each.id, []); }
    narrow();
  });
  narrow();
})();

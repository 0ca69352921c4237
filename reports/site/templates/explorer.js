(() => {
  const { types, exportable, predicates, accepted, editions, where, when } = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const [builder, type, edition, filters, language] = ["builder", "type", "edition", "filters", "language"].map(at);
  const DEEPEST = 3;
  const EXAMPLES = { string: "AAA", integer: "10", float: "9.5", boolean: "true", datetime: "2026-03-01T00:00:00Z", object: '{"key":"value"}' };
  const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

  function tick(name, kind, level = 1) {
    const label = made("label");
    label.dataset.level = level;
    label.append(made("input", "", { type: "checkbox", value: name, name: kind }), " ", made("code", name));
    return label;
  }

  const ticked = (kind) => [...builder.querySelectorAll(`input[name=${kind}]:checked`)].map((each) => each.value);
  const chosenFormat = () => builder.querySelector("input[name=format]:checked").value;
  const option = (text, value = text) => made("option", text, { value });

  function includes(within, path, target, level) {
    for (const [name, next] of Object.entries(types[target]?.to ?? {})) {
      const whole = path ? `${path}.${name}` : name;
      const label = tick(whole, "include", level);
      within.append(label);
      if (!next || level >= DEEPEST) continue;
      const below = made("div");
      within.append(below);
      label.querySelector("input").addEventListener("change", (event) => {
        below.replaceChildren();
        if (event.target.checked) includes(below, whole, next, level + 1);
      });
    }
  }

  /* The type that an include path leads to; undefined if it can be of several types. */
  const reached = (path) => path.split(".").reduce((name, step) => types[name]?.to[step], type.value);

  function fields() {
    const old = new Set(ticked("field"));
    const related = ticked("include").flatMap((path) =>
      [`${path}.*`, ...Object.keys(types[reached(path)]?.fields ?? {}).map((name) => `${path}.${name}`)]);
    at("fields").replaceChildren(...["*", ...Object.keys(types[type.value].fields), ...related].map((name) => tick(name, "field")));
    for (const each of at("fields").querySelectorAll("input")) each.checked = old.has(each.value);
  }

  /* Filters: an attribute, a predicate with its meaning, and a value of the right type. */
  const filterable = () => types[type.value].filterable.filter((name) => (types[type.value].fields[name] ?? "array") !== "array");

  function example(row) {
    const shape = predicates[row.predicate.value].values;
    const one = EXAMPLES[types[type.value].fields[row.attribute.value]];
    return shape === "boolean" ? "true" : shape === "list" ? `${one},${one}` : shape === "object" ? EXAMPLES.object : one;
  }

  function fit(row) {
    const kind = types[type.value].fields[row.attribute.value];
    const names = Object.keys(predicates).filter((name) => predicates[name].fits.includes(kind));
    const old = row.predicate.value;
    row.predicate.replaceChildren(...names.map((name) => option(name)));
    row.predicate.value = names.includes(old) ? old : names.includes("eq") ? "eq" : names[0];
  }

  function mean(row) {
    row.meaning.textContent = `${row.attribute.value} ${predicates[row.predicate.value].means}; for example ${example(row)}`;
    row.value.placeholder = example(row);
  }

  const rows = [];
  function add(attribute, predicate, value = "") {
    const row = { element: made("div", "", { className: "row" }), attribute: made("select", "", { ariaLabel: "Attribute" }),
      predicate: made("select", "", { ariaLabel: "Predicate" }), value: made("input", value, { ariaLabel: "Value", autocomplete: "off", value }),
      meaning: made("p", "", { className: "meaning" }) };
    row.attribute.append(...filterable().map((name) => option(name)));
    if (attribute && filterable().includes(attribute)) row.attribute.value = attribute;
    fit(row);
    if (predicate && [...row.predicate.options].some((each) => each.value === predicate)) row.predicate.value = predicate;
    const remove = made("button", "Remove", { type: "button" });
    remove.addEventListener("click", () => { rows.splice(rows.indexOf(row), 1); row.element.remove(); at("add").focus(); show(); });
    row.attribute.addEventListener("change", () => fit(row));
    row.element.append(row.attribute, row.predicate, row.value, remove, row.meaning);
    filters.append(row.element);
    rows.push(row);
    return row;
  }

  /* The value of a filter, or why the API would refuse it. */
  function typed(row) {
    const text = row.value.value.trim();
    const shape = predicates[row.predicate.value].values;
    const kind = types[type.value].fields[row.attribute.value];
    const name = `${row.attribute.value}_${row.predicate.value}`;
    if (shape === "boolean") return { name, value: text !== "false", problem: /^(true|false|)$/.test(text) ? "" : `${name} needs true or false` };
    if (!text) return { name, value: "", problem: `${name} needs a value, for example ${example(row)}` };
    if (shape === "object") {
      try {
        const value = JSON.parse(text);
        if (typeof value === "object" && value && !Array.isArray(value)) return { name, value, problem: "" };
      } catch { /* said below */ }
      return { name, value: text, problem: `${name} needs a JSON object, for example ${EXAMPLES.object}` };
    }
    const parts = shape === "list" ? text.split(",").map((each) => each.trim()) : [text];
    const wrong = (each) => kind === "integer" ? !/^-?\d+$/.test(each) : kind === "float" ? !/^-?\d+(\.\d+)?$/.test(each)
      : kind === "boolean" ? !/^(true|false)$/.test(each) : kind === "datetime" ? !TIME.test(each) || Number.isNaN(Date.parse(each)) : false;
    const one = (each) => kind === "integer" || kind === "float" ? Number(each) : kind === "boolean" ? each === "true" : each;
    const values = parts.map(one);
    return { name, value: shape === "list" ? values : values[0],
      problem: parts.some(wrong) ? `${name} needs ${kind === "integer" ? "an integer" : `a ${kind}`}, for example ${example(row)}` : "" };
  }

  function body() {
    const attributes = { resource_type: type.value };
    const problems = [];
    if (chosenFormat() !== "json") attributes.format = chosenFormat();
    if (ticked("include").length) attributes.includes = ticked("include");
    if (ticked("field").length) attributes.fields = ticked("field");
    const wanted = {};
    for (const row of rows) {
      const { name, value, problem } = typed(row);
      if (problem) problems.push([problem, true]);
      else if (name in wanted) problems.push([`${name} is there twice; a filter has one value`, true]);
      wanted[name] = value;
    }
    if (rows.length) attributes.filters = wanted;
    if (at("dry").checked) attributes.dry_data = true;
    for (const name of ticked("added")) attributes[name] = true;
    const own = attributes.fields ?? [];
    const void_ = (attributes.includes ?? []).filter((path) => own.length && !own.some((name) => name.startsWith(`${path}.`)));
    if (void_.length) problems.push([`fields leaves out ${void_.join(", ")}: add ${void_.map((path) => `${path}.*`).join(", ")}, or the include has no effect`, false]);
    return { attributes, problems };
  }

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  /* JSON as Python writes it: outside of strings, three words differ. */
  const python = (value) => JSON.stringify(value, null, 4).replace(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g,
    (found) => ({ true: "True", false: "False", null: "None" })[found] ?? found);
  const PROGRAMS = {
    curl: (attributes) => [
      'curl -g -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \\',
      "  -H 'Accept: application/vnd.api+json' \\",
      "  -H 'Content-Type: application/vnd.api+json' \\",
      '  -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \\',
      `  -d ${quoted(JSON.stringify({ data: { type: "exports", attributes } }))}`].join("\n"),
    "Python (httpx)": (attributes) => [
      "import json", "import os", "", "import httpx", "", `attributes = ${python(attributes)}`,
      "response = httpx.post(", '    os.environ["COMMERCELAYER_API_ENDPOINT"] + "/exports",',
      '    content=json.dumps({"data": {"type": "exports", "attributes": attributes}}),', "    headers={",
      '        "Accept": "application/vnd.api+json",', '        "Content-Type": "application/vnd.api+json",',
      '        "Authorization": "Bearer " + os.environ["COMMERCELAYER_ACCESS_TOKEN"],', "    },", ")",
      "response.raise_for_status()", 'print(response.json()["data"]["id"])'].join("\n"),
    "JavaScript (SDK)": (attributes) => [
      'import { CommerceLayer, exports } from "@commercelayer/sdk";', "",
      'CommerceLayer({ organization: "yourdomain", accessToken: process.env.COMMERCELAYER_ACCESS_TOKEN });',
      `const created = await exports.create(${JSON.stringify(attributes, null, 2)});`, "console.log(created.id);"].join("\n"),
    CLI: ({ resource_type, format, includes: paths = [], fields: names = [], filters: wanted = {}, dry_data, ...others }) => {
      const odd = Object.values(wanted).some((each) => typeof each === "object") || Object.values(wanted).some((each) => String(each).includes("="));
      if (Object.keys(others).length || odd) return "The CLI cannot express this export; use another program.";
      return ["commercelayer exports:create", `-t ${resource_type}`, ...(format === "csv" ? ["-F csv"] : []),
        ...paths.map((each) => `-i ${each}`), ...names.map((each) => `-f ${quoted(each)}`),
        ...Object.entries(wanted).map(([name, value]) => `-w ${quoted(`${name}=${value}`)}`), ...(dry_data ? ["-D"] : [])].join(" \\\n  ");
    },
  };

  function tried({ format = "json", includes: paths = [], fields: names = [], filters: wanted = {} }) {
    const seen = accepted[type.value];
    if (!seen) return `On ${where}, ${when}: no export of ${type.value} was created.`;
    const missing = [...(seen.formats.includes(format) ? [] : [format]), ...paths.filter((each) => !seen.includes.includes(each)),
      ...names.filter((each) => !seen.fields.includes(each)), ...Object.keys(wanted).filter((each) => !seen.filters.includes(each))];
    return `Accepted on ${where}, ${when}: exports of ${type.value}${missing.length ? `; not tried: ${missing.join(", ")}` : " with each of these parts"}.`;
  }

  function show() {
    for (const row of rows) mean(row);
    const { attributes, problems } = body();
    const refused = problems.some(([, refuses]) => refuses);
    at("problems").replaceChildren(...problems.map(([text, refuses]) => made("li", text, { className: refuses ? "refused" : "" })));
    at("body").textContent = refused ? "Not a valid export yet: see the problems above." : JSON.stringify({ data: { type: "exports", attributes } }, null, 2);
    at("command").textContent = refused ? at("body").textContent : PROGRAMS[language.value](attributes);
    at("verified").textContent = tried(attributes);
    remember("type", [type.value]);
    remember("edition", [edition.value === edition.options[0].value ? "" : edition.value]);
    remember("format", [chosenFormat() === "json" ? "" : chosenFormat()]);
    remember("include", ticked("include"));
    remember("field", ticked("field"));
    remember("filter", rows.map((row) => `${row.attribute.value}:${row.predicate.value}:${row.value.value}`));
    remember("dry", [at("dry").checked ? "1" : ""]);
    remember("added", ticked("added"));
  }

  function choose() {
    const kind = document.querySelector(`#${CSS.escape(type.value)} .quiet`);
    at("standing").textContent = kind?.textContent ?? "";
    at("includes").replaceChildren();
    includes(at("includes"), "", type.value, 1);
    at("fields").replaceChildren();
    fields();
    for (const row of rows.splice(0)) row.element.remove();
  }

  function edit() {
    const old = new Set(ticked("added"));
    at("added").replaceChildren(...editions[edition.value].arguments.map((name) => tick(name, "added")));
    for (const each of at("added").querySelectorAll("input")) each.checked = old.has(each.value);
  }

  function check(kind, wanted) {
    for (const value of wanted) {
      const box = [...builder.querySelectorAll(`input[name=${kind}]`)].find((each) => each.value === value);
      if (!box || box.checked) continue;
      box.checked = true;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  function restore() {
    const wanted = Object.fromEntries(["type", "edition", "format", "include", "field", "filter", "dry", "added"].map((name) => [name, remembered(name)]));
    type.value = exportable.includes(wanted.type[0]) ? wanted.type[0] : exportable.includes("skus") ? "skus" : exportable[0];
    if (editions[wanted.edition[0]]) [edition.value] = wanted.edition;
    edit();
    choose();
    check("format", wanted.format);
    check("include", wanted.include);
    fields();
    check("field", wanted.field);
    check("added", wanted.added);
    at("dry").checked = wanted.dry[0] === "1";
    for (const each of wanted.filter.slice(0, 20)) {
      const [attribute, predicate, ...value] = each.split(":");
      if (filterable().includes(attribute)) add(attribute, predicate, value.join(":"));
    }
    show();
  }

  type.append(...exportable.map((name) => option(name)));
  edition.append(...Object.entries(editions).map(([name, { title }]) => option(title, name)));
  language.append(...Object.keys(PROGRAMS).map((name) => option(name)));
  const initial = new URLSearchParams(location.search);
  restore();
  if (![...initial.keys()].length) history.replaceState(null, "", `${location.pathname}${location.hash}`);
  type.addEventListener("change", () => { choose(); show(); });
  edition.addEventListener("change", edit);
  at("includes").addEventListener("change", fields);
  at("add").addEventListener("click", () => { add().attribute.focus(); show(); });
  builder.addEventListener("input", show);
  builder.addEventListener("change", show);
  builder.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  builder.hidden = false;
})();

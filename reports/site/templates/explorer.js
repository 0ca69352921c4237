"use strict";
(() => {
  const { types, exportable, predicates, accepted } = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const [builder, type, attribute, predicate, value] = ["builder", "type", "attribute", "predicate", "value"].map(at);
  const DEEPEST = 3;

  function option(text, chosen = text) {
    const made = document.createElement("option");
    made.textContent = text;
    made.value = chosen;
    return made;
  }

  function tick(name, kind, level = 1) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = name;
    box.name = kind;
    const code = document.createElement("code");
    code.textContent = name;
    label.dataset.level = level;
    label.append(box, " ", code);
    return label;
  }

  const ticked = (kind) => [...builder.querySelectorAll(`input[name=${kind}]:checked`)].map((each) => each.value);

  function includes(within, path, target, level) {
    const links = Object.entries(types[target]?.to ?? {});
    for (const [name, next] of links) {
      const whole = path ? `${path}.${name}` : name;
      const label = tick(whole, "include", level);
      within.append(label);
      if (!next || level >= DEEPEST) continue;
      const below = document.createElement("div");
      within.append(below);
      label.querySelector("input").addEventListener("change", (event) => {
        below.replaceChildren();
        if (event.target.checked) includes(below, whole, next, level + 1);
      });
    }
  }

  function fields() {
    const old = new Set(ticked("field"));
    const box = at("fields");
    box.replaceChildren(tick("*", "field"), ...Object.keys(types[type.value].fields).map((name) => tick(name, "field")),
      ...ticked("include").map((path) => tick(`${path}.*`, "field")));
    for (const each of box.querySelectorAll("input")) each.checked = old.has(each.value);
  }

  function fitting() {
    const kind = types[type.value].fields[attribute.value];
    const names = Object.keys(predicates).filter((name) => predicates[name].fits.includes(kind));
    predicate.replaceChildren(...names.map((name) => option(name)));
    if (names.includes("eq")) predicate.value = "eq";
    predicate.disabled = value.disabled = !attribute.value;
  }

  function typed(text) {
    const shape = predicates[predicate.value].values;
    const kind = types[type.value].fields[attribute.value];
    const one = (each) => kind === "integer" || kind === "float" ? Number(each) || 0 : kind === "boolean" ? each === "true" : each;
    if (shape === "boolean") return text !== "false";
    if (shape === "list") return text.split(",").map((each) => one(each.trim()));
    if (shape === "object") { try { return JSON.parse(text); } catch { return {}; } }
    return one(text);
  }

  function body() {
    const attributes = { resource_type: type.value };
    const format = builder.querySelector("input[name=format]:checked").value;
    if (format !== "json") attributes.format = format;
    if (ticked("include").length) attributes.includes = ticked("include");
    if (ticked("field").length) attributes.fields = ticked("field");
    if (attribute.value) attributes.filters = { [`${attribute.value}_${predicate.value}`]: typed(value.value) };
    if (at("dry").checked) attributes.dry_data = true;
    return { data: { type: "exports", attributes } };
  }

  function show() {
    const made = body();
    const text = JSON.stringify(made, null, 2);
    at("body").textContent = text;
    at("command").textContent = [
      'curl -g -X POST "$COMMERCELAYER_API_ENDPOINT/exports" \\',
      "  -H 'Accept: application/vnd.api+json' \\",
      "  -H 'Content-Type: application/vnd.api+json' \\",
      '  -H "Authorization: Bearer $COMMERCELAYER_ACCESS_TOKEN" \\',
      `  -d '${JSON.stringify(made).replaceAll("'", "'\\''")}'`,
    ].join("\n");
    const seen = accepted[type.value];
    const asked = made.data.attributes.includes ?? [];
    const unseen = asked.filter((path) => !seen?.includes.includes(path));
    at("verified").textContent = !seen ? "This run created no export of this type."
      : unseen.length ? `This run created exports of this type, but none with ${unseen.join(", ")}.`
      : "This run created exports of this type with these includes.";
  }

  function choose() {
    const kind = types[type.value];
    at("standing").textContent = document.querySelector(`#${CSS.escape(type.value)} .quiet`)?.textContent ?? "";
    at("includes").replaceChildren();
    includes(at("includes"), "", type.value, 1);
    at("fields").replaceChildren();
    fields();
    attribute.replaceChildren(option("none", ""), ...kind.filterable.filter((name) => kind.fields[name] && kind.fields[name] !== "array").map((name) => option(name)));
    value.value = "";
    fitting();
    show();
  }

  type.append(...exportable.map((name) => option(name)));
  type.value = exportable.includes("skus") ? "skus" : exportable[0];
  type.addEventListener("change", choose);
  attribute.addEventListener("change", fitting);
  at("includes").addEventListener("change", fields);
  builder.addEventListener("input", show);
  builder.addEventListener("change", show);
  builder.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  builder.hidden = false;
  choose();
})();

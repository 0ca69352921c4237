// Follows an export through its life with the vendor's own SDK, and prints a line for each step.
//
// COMMERCELAYER_API_ENDPOINT and COMMERCELAYER_ACCESS_TOKEN are the address and the token, the only argument is the
// edition. Exits with 0, or with 1 at the first step that is not as documented.

import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { CommerceLayer } from "@commercelayer/sdk/bundle";

const endpoint = process.env.COMMERCELAYER_API_ENDPOINT;
const later = process.argv[2] === "7.10";
const tag = `witness-${process.pid}`;
const LOOKS = 100; // retrievals within which an export must complete
const LATER = ["jwt_filters", "progress", "processed_count", "estimated_completion_at"];
const EMPTY = "gift_cards"; // a type without records in the reference

const cl = CommerceLayer({ accessToken: process.env.COMMERCELAYER_ACCESS_TOKEN });
// The SDK derives the address from the token; only the address of its requests is changed.
cl.addRequestInterceptor(({ url, options }) => ({
  url: new URL(url.href.replace(`${url.origin}/api`, endpoint)),
  options,
}));

class Mismatch extends Error {}

const words = (value) => (value === undefined ? "nothing" : JSON.stringify(value));

function expect(what, actual, expected) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Mismatch(`${what}: expected ${words(expected)}, got ${words(actual)}`);
  }
}

function expectOneOf(what, actual, allowed) {
  if (!allowed.includes(actual)) {
    throw new Mismatch(`${what}: expected one of ${words(allowed)}, got ${words(actual)}`);
  }
}

function expectTime(what, actual) {
  if (typeof actual !== "string" || Number.isNaN(Date.parse(actual))) {
    throw new Mismatch(`${what}: expected a time, got ${words(actual)}`);
  }
  return Date.parse(actual);
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    if (error.name === "ApiError") return error;
    throw error;
  }
  throw new Mismatch("expected a refusal, got a success");
}

async function completed(id) {
  const seen = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await cl.exports.retrieve(id);
    if (seen.at(-1) !== found.status) seen.push(found.status);
    if (found.status === "completed") return { found, seen };
    expectOneOf("status", found.status, seen.includes("in_progress") ? ["in_progress"] : ["pending", "in_progress"]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Mismatch(`status: expected "completed" at last, got ${seen.join(", ")}`);
}

async function downloaded(url) {
  const answer = await fetch(url); // without a token: the URL is signed
  expect("status of the file", answer.status, 200);
  return gunzipSync(Buffer.from(await answer.arrayBuffer())).toString("utf8");
}

const sent = {
  resource_type: "skus",
  format: "json",
  includes: [],
  fields: ["code", "name"],
  filters: { code_not_null: true },
  dry_data: false,
  reference: `${tag}-1`,
  reference_origin: "Größe 🧦",
  metadata: { deep: [1, { truth: true, nothing: null }] }, // no null in the array: Rails drops those
};
const kept = {}; // what later steps need from earlier ones

const steps = {
  async create() {
    kept.created = await cl.exports.create(sent);
    for (const [name, value] of Object.entries(sent)) expect(name, kept.created[name], value);
    expect("type", kept.created.type, "exports");
    expectOneOf("status", kept.created.status, ["pending", "in_progress", "completed"]);
    expectTime("created_at", kept.created.created_at);
    for (const name of LATER) expect(`whether it has ${name}`, name in kept.created, later);
    return `${kept.created.id} is ${kept.created.status}`;
  },
  async "retrieve until completed"() {
    const { found, seen } = await completed(kept.created.id);
    for (const name of ["id", "created_at", ...Object.keys(sent)]) expect(name, found[name], kept.created[name]);
    const times = ["created_at", "started_at", "completed_at"].map((name) => expectTime(name, found[name]));
    expect("order of times", times, times.toSorted((one, other) => one - other));
    expect("interrupted_at", found.interrupted_at, null);
    expect("whether there are records", found.records_count > 0, true);
    if (later) expect("processed_count", found.processed_count, found.records_count);
    kept.completed = found;
    return seen.join(", ");
  },
  async file() {
    const records = JSON.parse(await downloaded(kept.completed.attachment_url));
    expect("whether the file is one array", Array.isArray(records), true);
    expect("records in the file", records.length, kept.completed.records_count);
    for (const record of records) expect("fields of a record", Object.keys(record).sort(), sent.fields.toSorted());
    return `${records.length} records`;
  },
  async "file in CSV"() {
    const { id } = await cl.exports.create({ resource_type: "skus", format: "csv", reference: `${tag}-2` });
    const { found } = await completed(id);
    const lines = (await downloaded(found.attachment_url)).trimEnd().split("\n");
    expect("lines below the header", lines.length - 1, found.records_count);
    return `${lines.length - 1} records`;
  },
  async list() {
    const filters = { reference_start: tag, status_in: ["completed", "interrupted"], created_at_not_null: true };
    const found = await cl.exports.list({ filters, sort: ["-reference"], pageSize: 1 });
    expect("record_count, page_count", [found.recordCount, found.pageCount], [2, 2]);
    const next = await cl.exports.list({ filters, sort: { reference: "desc" }, pageSize: 1, pageNumber: 2 });
    const references = [...found, ...next].map((one) => one.reference);
    expect("references, the last first", references, [`${tag}-2`, `${tag}-1`]);
    expect("whether more follows", [found.hasNextPage(), next.hasNextPage()], [true, false]);
    const none = await cl.exports.list({ filters: { ...filters, status_in: ["pending", "in_progress"] } });
    expect("exports that run", [none.length, none.recordCount], [0, 0]);
    return references.join(", ");
  },
  async "sparse fields"() {
    const found = await cl.exports.retrieve(kept.created.id, { fields: ["status", "records_count"] });
    const { id, type, ...attributes } = found;
    expect("identity", { id, type }, { id: kept.created.id, type: "exports" });
    expect("attributes", attributes, { status: "completed", records_count: kept.completed.records_count });
    const [listed] = await cl.exports.list({ filters: { id_eq: id }, fields: { exports: ["format"] } });
    expect("listed", listed, { id, type, format: "json" });
    return Object.keys(attributes).join(", ");
  },
  async events() {
    const names = ["exports.create", "exports.start", "exports.complete"];
    const found = await cl.exports.retrieve(kept.created.id, { include: ["events"] });
    expect("included", found.events?.map((event) => event.name), names);
    const listed = await cl.exports.events(kept.created.id);
    expect("related", Array.from(listed, (event) => event.name), names);
    const [last] = await cl.exports.events(kept.created.id, { sort: ["-created_at"], pageSize: 1 });
    expect("the last", last.name, names.at(-1));
    return names.join(", ");
  },
  async update() {
    const changed = { reference_origin: null, metadata: { changed: true } };
    const found = await cl.exports.update({ id: kept.created.id, ...changed });
    for (const [name, value] of Object.entries(changed)) expect(name, found[name], value);
    expect("reference", found.reference, sent.reference);
    return Object.keys(changed).join(", ");
  },
  async interrupt() {
    const { id } = await cl.exports.create({ resource_type: "orders", reference: `${tag}-3` });
    const stopped = await cl.exports._interrupt(id);
    expect("status", stopped.status, "interrupted");
    expectTime("interrupted_at", stopped.interrupted_at);
    expect("attachment_url", stopped.attachment_url, null);
    expect("status when retrieved", (await cl.exports.retrieve(id)).status, "interrupted");
    kept.interrupted = id;
    return `${id} is ${stopped.status}`;
  },
  async start() {
    const started = await cl.exports._start(kept.interrupted);
    expectOneOf("status", started.status, ["pending", "in_progress", "completed"]);
    const { found, seen } = await completed(kept.interrupted);
    expect("interrupted_at", found.interrupted_at, null);
    const events = await cl.exports.events(kept.interrupted, { filters: { name_eq: "exports.interrupt" } });
    expect("interruptions that are remembered", events.length, 1);
    return seen.join(", ");
  },
  async delete() {
    expect("what a deletion answers", await cl.exports.delete(kept.interrupted), undefined);
    const gone = await refusal(cl.exports.retrieve(kept.interrupted));
    expect("status", gone.status, 404);
    expect("listed", (await cl.exports.list({ filters: { id_eq: kept.interrupted } })).length, 0);
    return `${kept.interrupted} is gone`;
  },
  async "unknown id"() {
    const error = await refusal(cl.exports.retrieve("NoSuchExprt"));
    expect("status, code", [error.status, error.first()?.code], [404, "RECORD_NOT_FOUND"]);
    return `${error.status} ${error.first().code}`;
  },
  async "empty selection"() {
    const error = await refusal(cl.exports.create({ resource_type: EMPTY, reference: `${tag}-4` }));
    expect("status, code", [error.status, error.first()?.code], [422, "VALIDATION_ERROR"]);
    const { error: reason, value, count } = error.first().meta ?? {};
    expect("meta.error, value, count", [reason, value, count], ["greater_than", 0, 0]);
    return `${error.status} ${reason}, ${value} of at least ${count + 1}`;
  },
  async "invalid token"() {
    const error = await refusal(cl.exports.list({}, { accessToken: "not-a-token" }));
    expect("status, code", [error.status, error.first()?.code], [401, "INVALID_TOKEN"]);
    return `${error.status} ${error.first().code}`;
  },
};
if (!later) delete steps.start; // the page's edition has no _start

for (const [name, step] of Object.entries(steps)) {
  try {
    console.log(`ok      ${name}: ${await step()}`);
  } catch (error) {
    console.log(`failed  ${name}: ${error instanceof Mismatch ? error.message : `${error.name}: ${error.message}`}`);
    process.exit(1);
  }
}

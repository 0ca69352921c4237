// The vendor's own client as a witness: it follows an export through its life, and says each step in a line.
//
// COMMERCELAYER_API_ENDPOINT and COMMERCELAYER_ACCESS_TOKEN say where and as whom, the only argument which edition
// is spoken there. Ends with 0, or at the first step that is not as documented, with 1.

import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { CommerceLayer } from "@commercelayer/sdk/bundle";

const endpoint = process.env.COMMERCELAYER_API_ENDPOINT;
const later = process.argv[2] === "7.10";
const mark = `witness-${process.pid}`;
const LOOKS = 100; // how often an export is looked at before it must have ended
const LATER = ["jwt_filters", "progress", "processed_count", "estimated_completion_at"];
const EMPTY = "gift_cards"; // a type of which the reference has no records

const cl = CommerceLayer({ accessToken: process.env.COMMERCELAYER_ACCESS_TOKEN });
// The client derives its address from the token: all that is changed of it is where its requests go.
cl.addRequestInterceptor(({ url, options }) => ({
  url: new URL(url.href.replace(`${url.origin}/api`, endpoint)),
  options,
}));

class Otherwise extends Error {}

const words = (value) => (value === undefined ? "nothing" : JSON.stringify(value));

function demand(what, actual, expected) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Otherwise(`${what}: expected ${words(expected)}, got ${words(actual)}`);
  }
}

function demandOne(what, actual, allowed) {
  if (!allowed.includes(actual)) {
    throw new Otherwise(`${what}: expected one of ${words(allowed)}, got ${words(actual)}`);
  }
}

function demandTime(what, actual) {
  if (typeof actual !== "string" || Number.isNaN(Date.parse(actual))) {
    throw new Otherwise(`${what}: expected a time, got ${words(actual)}`);
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
  throw new Otherwise("expected a refusal, got a success");
}

async function completed(id) {
  const seen = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const found = await cl.exports.retrieve(id);
    if (seen.at(-1) !== found.status) seen.push(found.status);
    if (found.status === "completed") return { found, seen };
    demandOne("status", found.status, seen.includes("in_progress") ? ["in_progress"] : ["pending", "in_progress"]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Otherwise(`status: expected "completed" at last, got ${seen.join(", ")}`);
}

async function downloaded(url) {
  const answer = await fetch(url); // without a token, as the file's address is all it takes
  demand("status of the file", answer.status, 200);
  return gunzipSync(Buffer.from(await answer.arrayBuffer())).toString("utf8");
}

const sent = {
  resource_type: "skus",
  format: "json",
  includes: [],
  fields: ["code", "name"],
  filters: { code_not_null: true },
  dry_data: false,
  reference: `${mark}-1`,
  reference_origin: "Größe 🧦",
  metadata: { deep: [1, null, { truth: true }] },
};
const kept = {}; // what later steps need of earlier ones

const steps = {
  async create() {
    kept.created = await cl.exports.create(sent);
    for (const [name, value] of Object.entries(sent)) demand(name, kept.created[name], value);
    demand("type", kept.created.type, "exports");
    demandOne("status", kept.created.status, ["pending", "in_progress", "completed"]);
    demandTime("created_at", kept.created.created_at);
    for (const name of LATER) demand(`whether it has ${name}`, name in kept.created, later);
    return `${kept.created.id} is ${kept.created.status}`;
  },
  async "retrieve until completed"() {
    const { found, seen } = await completed(kept.created.id);
    for (const name of ["id", "created_at", ...Object.keys(sent)]) demand(name, found[name], kept.created[name]);
    const times = ["created_at", "started_at", "completed_at"].map((name) => demandTime(name, found[name]));
    demand("order of times", times, times.toSorted((one, other) => one - other));
    demand("interrupted_at", found.interrupted_at, null);
    demand("whether there are records", found.records_count > 0, true);
    if (later) demand("processed_count", found.processed_count, found.records_count);
    kept.completed = found;
    return seen.join(", ");
  },
  async file() {
    const records = JSON.parse(await downloaded(kept.completed.attachment_url));
    demand("whether the file is one array", Array.isArray(records), true);
    demand("records in the file", records.length, kept.completed.records_count);
    for (const record of records) demand("fields of a record", Object.keys(record).sort(), sent.fields.toSorted());
    return `${records.length} records`;
  },
  async "file in CSV"() {
    const { id } = await cl.exports.create({ resource_type: "skus", format: "csv", reference: `${mark}-2` });
    const { found } = await completed(id);
    const lines = (await downloaded(found.attachment_url)).trimEnd().split("\n");
    demand("lines below the header", lines.length - 1, found.records_count);
    return `${lines.length - 1} records`;
  },
  async list() {
    const filters = { reference_start: mark, status_in: ["completed", "interrupted"], created_at_not_null: true };
    const found = await cl.exports.list({ filters, sort: ["-reference"], pageSize: 1 });
    demand("record_count, page_count", [found.recordCount, found.pageCount], [2, 2]);
    const next = await cl.exports.list({ filters, sort: { reference: "desc" }, pageSize: 1, pageNumber: 2 });
    const references = [...found, ...next].map((one) => one.reference);
    demand("references, the last first", references, [`${mark}-2`, `${mark}-1`]);
    demand("whether more follows", [found.hasNextPage(), next.hasNextPage()], [true, false]);
    const none = await cl.exports.list({ filters: { ...filters, status_in: ["pending", "in_progress"] } });
    demand("exports that run", [none.length, none.recordCount], [0, 0]);
    return references.join(", ");
  },
  async "sparse fields"() {
    const found = await cl.exports.retrieve(kept.created.id, { fields: ["status", "records_count"] });
    const { id, type, ...attributes } = found;
    demand("identity", { id, type }, { id: kept.created.id, type: "exports" });
    demand("attributes", attributes, { status: "completed", records_count: kept.completed.records_count });
    const [listed] = await cl.exports.list({ filters: { id_eq: id }, fields: { exports: ["format"] } });
    demand("listed", listed, { id, type, format: "json" });
    return Object.keys(attributes).join(", ");
  },
  async events() {
    const names = ["exports.create", "exports.start", "exports.complete"];
    const found = await cl.exports.retrieve(kept.created.id, { include: ["events"] });
    demand("included", found.events?.map((event) => event.name), names);
    const listed = await cl.exports.events(kept.created.id);
    demand("related", Array.from(listed, (event) => event.name), names);
    const [last] = await cl.exports.events(kept.created.id, { sort: ["-created_at"], pageSize: 1 });
    demand("the last", last.name, names.at(-1));
    return names.join(", ");
  },
  async update() {
    const changed = { reference_origin: null, metadata: { changed: true } };
    const found = await cl.exports.update({ id: kept.created.id, ...changed });
    for (const [name, value] of Object.entries(changed)) demand(name, found[name], value);
    demand("reference", found.reference, sent.reference);
    return Object.keys(changed).join(", ");
  },
  async interrupt() {
    const { id } = await cl.exports.create({ resource_type: "orders", reference: `${mark}-3` });
    const stopped = await cl.exports._interrupt(id);
    demand("status", stopped.status, "interrupted");
    demandTime("interrupted_at", stopped.interrupted_at);
    demand("attachment_url", stopped.attachment_url, null);
    demand("status when retrieved", (await cl.exports.retrieve(id)).status, "interrupted");
    kept.interrupted = id;
    return `${id} is ${stopped.status}`;
  },
  async start() {
    const started = await cl.exports._start(kept.interrupted);
    demandOne("status", started.status, ["pending", "in_progress", "completed"]);
    const { found, seen } = await completed(kept.interrupted);
    demand("interrupted_at", found.interrupted_at, null);
    const events = await cl.exports.events(kept.interrupted, { filters: { name_eq: "exports.interrupt" } });
    demand("interruptions that are remembered", events.length, 1);
    return seen.join(", ");
  },
  async delete() {
    demand("what a deletion answers", await cl.exports.delete(kept.interrupted), undefined);
    const gone = await refusal(cl.exports.retrieve(kept.interrupted));
    demand("status", gone.status, 404);
    demand("listed", (await cl.exports.list({ filters: { id_eq: kept.interrupted } })).length, 0);
    return `${kept.interrupted} is gone`;
  },
  async "unknown id"() {
    const error = await refusal(cl.exports.retrieve("NoSuchExprt"));
    demand("status, code", [error.status, error.first()?.code], [404, "RECORD_NOT_FOUND"]);
    return `${error.status} ${error.first().code}`;
  },
  async "empty selection"() {
    const error = await refusal(cl.exports.create({ resource_type: EMPTY, reference: `${mark}-4` }));
    demand("status, code", [error.status, error.first()?.code], [422, "VALIDATION_ERROR"]);
    const { error: reason, value, count } = error.first().meta ?? {};
    demand("meta.error, value, count", [reason, value, count], ["greater_than", 0, 0]);
    return `${error.status} ${reason}, ${value} of at least ${count + 1}`;
  },
  async "invalid token"() {
    const error = await refusal(cl.exports.list({}, { accessToken: "not-a-token" }));
    demand("status, code", [error.status, error.first()?.code], [401, "INVALID_TOKEN"]);
    return `${error.status} ${error.first().code}`;
  },
};
if (!later) delete steps.start; // which the page's edition does not have yet

for (const [name, step] of Object.entries(steps)) {
  try {
    console.log(`ok      ${name}: ${await step()}`);
  } catch (error) {
    console.log(`failed  ${name}: ${error instanceof Otherwise ? error.message : `${error.name}: ${error.message}`}`);
    process.exit(1);
  }
}

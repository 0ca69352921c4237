// Exports the SKUs updated since the last time, which a file keeps; prints the id of the export, if there is one.
import { readFile, writeFile } from "node:fs/promises";
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const [file] = process.argv.slice(2);
const since = await readFile(file, "utf8").catch(() => "2000-01-01T00:00:00Z");
const now = new Date().toISOString();
try {
  const filters = { updated_at_gteq: since.trim(), updated_at_lt: now };
  const created = await exports.create({ resource_type: "skus", filters });
  console.log(created.id);
} catch (refusal) {
  const empty = refusal.errors?.some((error) => error.meta?.error === "greater_than");
  if (refusal.status !== 422 || !empty) throw refusal;
  console.log("nothing to export");
}
await writeFile(file, now); // only now: a failure repeats the same period

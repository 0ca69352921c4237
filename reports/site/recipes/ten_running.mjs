// Creates an export as soon as fewer than ten are pending or in progress, the limit of an organisation.
import { setTimeout } from "node:timers/promises";
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const running = { filters: { status_in: "pending,in_progress" }, pageSize: 1 };
while ((await exports.list(running)).meta.recordCount >= 10) {
  await setTimeout(1000 * (process.env.POLL_SECONDS ?? 2));
}
const created = await exports.create({ resource_type: "orders", format: "csv" });
console.log(created.id);

// Waits for an export to finish, by its id; prints its status, and fails unless it is completed.
import { setTimeout } from "node:timers/promises";
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

let status;
while (true) {
  ({ status } = await exports.retrieve(process.argv[2], { fields: ["status"] }));
  if (status !== "pending" && status !== "in_progress") break;
  await setTimeout(1000 * (process.env.POLL_SECONDS ?? 2));
}
console.log(status);
process.exitCode = status === "completed" ? 0 : 1;

// Deletes an export, and repeats that while it is locked (423) or requests are limited (429).
import { setTimeout } from "node:timers/promises";
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const attempts = 10;
for (let attempt = 1; ; attempt += 1) {
  try {
    await exports.delete(process.argv[2]);
    break;
  } catch (refusal) {
    if (![423, 429].includes(refusal.status) || attempt === attempts) throw refusal;
    await setTimeout(1000 * (process.env.POLL_SECONDS ?? 10)); // the limits are counted over 10 and 60 seconds
  }
}
console.log("deleted");

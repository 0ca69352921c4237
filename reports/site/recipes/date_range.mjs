// Exports the orders placed from the first moment up to, but not including, the second; prints the id of the export.
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const [start, end] = process.argv.slice(2); // such as 2026-03-01T00:00:00Z and 2026-04-01T00:00:00Z
const filters = { placed_at_gteq: start, placed_at_lt: end };
const created = await exports.create({ resource_type: "orders", filters });
console.log(created.id);

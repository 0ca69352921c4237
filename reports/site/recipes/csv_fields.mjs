// Exports orders as CSV with some of their fields and of those of their customers; prints the id of the export.
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const created = await exports.create({
  resource_type: "orders",
  format: "csv",
  includes: ["customer"],
  fields: ["number", "placed_at", "customer_email", "customer.email"],
});
console.log(created.id);

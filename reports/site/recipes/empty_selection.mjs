// Exports the SKUs with the given code, and treats “nothing to export” as a result, not an error.
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

try {
  const created = await exports.create({ resource_type: "skus", filters: { code_eq: process.argv[2] } });
  console.log(created.id);
} catch (refusal) {
  const empty = refusal.errors?.some((error) => error.meta?.error === "greater_than");
  if (refusal.status !== 422 || !empty) throw refusal;
  console.log("nothing to export");
}

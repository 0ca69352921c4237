// Creates an export of all SKUs with their prices, and prints its id.
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const created = await exports.create({ resource_type: "skus", includes: ["prices"] });
console.log(created.id);

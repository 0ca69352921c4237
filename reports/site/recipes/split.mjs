// Exports all SKUs in parts of at most MAX_RECORDS records, in the order of their ids; prints the id of each export.
import { CommerceLayer, exports, skus } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const most = Number(process.env.MAX_RECORDS ?? 5000);
let after = {};
let left;
do {
  // One record to a page: page number `most` has the last record of the part.
  const page = await skus.list({ filters: after, sort: { id: "asc" }, pageSize: 1, pageNumber: most });
  left = page.meta.recordCount;
  const last = page[0]?.id;
  if (left) {
    const filters = left > most ? { ...after, id_lteq: last } : after;
    console.log((await exports.create({ resource_type: "skus", filters })).id);
  }
  after = { id_gt: last };
} while (left > most);

// Exports the SKUs created since a day in parts of at most MAX_RECORDS records; prints the id of each export.
import { CommerceLayer, exports, skus } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

const most = Number(process.env.MAX_RECORDS ?? 5000);

async function create(start, end) {
  const time = (moment) => new Date(moment).toISOString();
  const filters = { created_at_gteq: time(start), created_at_lt: time(end) };
  const { recordCount } = (await skus.list({ filters, pageSize: 1 })).meta;
  const middle = Math.floor((start + end) / 2);
  if (recordCount > most && middle - start > 1000) {
    await create(start, middle);
    await create(middle, end);
  } else if (recordCount) {
    console.log((await exports.create({ resource_type: "skus", filters })).id);
  }
}

await create(Date.parse(process.argv[2]), Date.now() + 86_400_000);

// Downloads the file of a completed export, by its id, to standard output.
import { gunzipSync } from "node:zlib";
import { CommerceLayer, exports } from "@commercelayer/sdk";

const [organization, ...domain] = new URL(process.env.COMMERCELAYER_API_ENDPOINT).hostname.split(".");
const accessToken = process.env.COMMERCELAYER_ACCESS_TOKEN;
CommerceLayer({ organization, domain: domain.join("."), accessToken });

// The link expires after five minutes, so fetch it again; it is signed, so send no token with it.
const { attachment_url: url } = await exports.retrieve(process.argv[2]);
const answer = await fetch(url);
if (!answer.ok) throw new Error(`the file was answered with ${answer.status}`);
const content = Buffer.from(await answer.arrayBuffer());
const zipped = content[0] === 0x1f && content[1] === 0x8b;
process.stdout.write(zipped ? gunzipSync(content) : content);

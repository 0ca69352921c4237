// Runs a command of the vendor's exports CLI with its requests sent to COMMERCELAYER_API_ENDPOINT.
//
// The CLI derives the address of the API from the organisation's slug, so `fetch` is replaced; its waits of seconds
// are shortened to a fiftieth. The CLI itself is used as npm installs it.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Config, run } from "@oclif/core";

const FASTER = 50;
const endpoint = process.env.COMMERCELAYER_API_ENDPOINT;
const { fetch, setTimeout } = globalThis;

globalThis.fetch = (input, init) => {
  const url = new URL(input.url ?? input);
  if (!url.hostname.endsWith(".commercelayer.io")) throw new Error(`unexpected request to ${url.origin}`);
  const target = url.href.replace(`${url.origin}/api`, endpoint);
  return fetch(input.url ? new Request(target, input) : target, init);
};
globalThis.setTimeout = (callback, delay = 0, ...rest) => setTimeout(callback, delay / FASTER, ...rest);

const root = fileURLToPath(new URL("node_modules/@commercelayer/cli-plugin-exports/", import.meta.url));
const config = await Config.load({ root });
mkdirSync(config.cacheDir, { recursive: true });
try {
  await run(process.argv.slice(2), config);
} catch (error) {
  if (error.code !== "EEXIT") console.error(error.message);
  process.exitCode = error.oclif?.exit ?? 1;
}

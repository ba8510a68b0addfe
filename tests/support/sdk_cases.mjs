// Run the cases given as JSON on stdin with the official npm package, and write the results as JSON to stdout.
import { JigsawStack } from "jigsawstack";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { baseURL, cases, pictures, labels } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const client = JigsawStack({ apiKey: "any", baseURL });
const attempt = async (work) => {
  try {
    return { result: await work() };
  } catch (error) {
    return { error: { ...error, text: String(error?.message ?? error) } };
  }
};

const out = { cases: {} };
for (const [name, params] of Object.entries(cases)) out.cases[name] = await attempt(() => client.classification(params));

const file = Buffer.from("This is a test file content");
out.upload = await attempt(() => client.store.upload(file, { key: "npm.txt", overwrite: true, temp_public_url: true }));
out.plain = await attempt(() => client.store.upload(file));
out.retrieve = await attempt(async () => (await (await client.store.retrieve("npm.txt")).buffer()).toString("utf8"));
out.remove = await attempt(() => client.store.delete("npm.txt"));
out.gone = await attempt(() => client.store.retrieve("npm.txt"));

const samples = [];
for (const [i, picture] of pictures.entries()) {
  const bytes = Buffer.from(picture, "base64");
  const uploaded = await client.store.upload(bytes, { key: `npm-${i}.jpg`, overwrite: true, temp_public_url: true });
  samples.push({ type: "image", value: uploaded.temp_public_url });
}
out.seed = await attempt(() => client.classification({ dataset: samples, labels }));
process.stdout.write(JSON.stringify(out));

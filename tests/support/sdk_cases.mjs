// Puts the official npm package through the cases given as JSON on stdin; what came of each goes to stdout.
import { JigsawStack } from "jigsawstack";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { baseURL, cases, pictures, labels } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const client = JigsawStack({ apiKey: "any", baseURL });
const attempt = async (work) => {
  try {
    return { said: await work() };
  } catch (error) {
    return { error: { ...error, text: String(error?.message ?? error) } };
  }
};

const out = { cases: {} };
for (const [name, asked] of Object.entries(cases)) out.cases[name] = await attempt(() => client.classification(asked));

const file = Buffer.from("This is a test file content");
out.upload = await attempt(() => client.store.upload(file, { key: "npm.txt", overwrite: true, temp_public_url: true }));
out.plain = await attempt(() => client.store.upload(file));
out.retrieve = await attempt(async () => (await (await client.store.retrieve("npm.txt")).buffer()).toString("utf8"));
out.remove = await attempt(() => client.store.delete("npm.txt"));
out.gone = await attempt(() => client.store.retrieve("npm.txt"));

const lent = [];
for (const [i, picture] of pictures.entries()) {
  const bytes = Buffer.from(picture, "base64");
  const said = await client.store.upload(bytes, { key: `npm-${i}.jpg`, overwrite: true, temp_public_url: true });
  lent.push({ type: "image", value: said.temp_public_url });
}
out.seed = await attempt(() => client.classification({ dataset: lent, labels }));
process.stdout.write(JSON.stringify(out));

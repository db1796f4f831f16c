import { clients, codeOfUnknownRun, tell } from "./library.ts";

const [url = "", name = "", prompt = ""] = process.argv.slice(2);
for (const client of clients(url, name)) {
  console.log(JSON.stringify({ ...(await tell(client, prompt)), unknown: await codeOfUnknownRun(client) }));
  client.close();
}

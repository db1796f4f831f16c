import sse = require("@agent-transports/sse-client");
import ws = require("@agent-transports/ws-client");

/** The same from CommonJS, whose `require` takes ES modules. */
async function main(url: string, name: string, prompt: string): Promise<void> {
  for (const create of [sse.createSseClient, ws.createWsClient]) {
    const client = create({ url, name });
    let text = "";
    for await (const { data } of client.start({ prompt })) if (data.type === "text-delta") text += data.delta;
    console.log(JSON.stringify({ transport: client.transport, text }));
    client.close();
  }
}

const [url = "", name = "", prompt = ""] = process.argv.slice(2);
main(url, name, prompt).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

// What `check:package` measures as the small client: a program that starts a run, follows it and resumes it.
import { createWsClient } from "../dist/core.js";

async function ask() {
  const client = createWsClient({ url: "https://agent.example" });
  const run = client.start({ prompt: "Hello" });
  for await (const { data } of run) console.log(data);
  for await (const { data } of client.resume(run.id, { after: run.lastEventId })) console.log(data);
}

void ask();

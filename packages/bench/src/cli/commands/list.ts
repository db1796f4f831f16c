import { scenarios } from "../../scenarios/index.ts";

export function list(json: boolean): void {
  if (json) {
    console.log(
      JSON.stringify(
        scenarios.map(({ name, title, question, claims }) => ({ name, title, question, claims })),
        null,
        2,
      ),
    );
    return;
  }
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  for (const { name, question } of scenarios) console.log(`${name.padEnd(width)}  ${question}`);
}

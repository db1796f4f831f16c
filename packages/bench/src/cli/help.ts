export const help = `bench: Server-Sent Events against WebSocket on one Cloudflare Agent, measured.

  npx -y pnpm@12 bench [run] [scenario …] [options]   measures, prints a summary, writes a report
  npx -y pnpm@12 bench list                           what can be measured, and which question each scenario answers
  npx -y pnpm@12 bench resume FILE                    goes on where a run was cut: the same seed, the same blocks, into the same file
  npx -y pnpm@12 bench report FILE [--out DIR]        makes the report again from a results.json
  npx -y pnpm@12 bench compare A.json B.json          what became worse or better, with thresholds and an exit code; compare --help tells more
  npx -y pnpm@12 bench raw FILE PATH                  the samples behind a figure; raw --help tells more
  npx -y pnpm@12 bench verdicts FILE                  what to choose, as README shows it; verdicts --help tells more
  npx -y pnpm@12 bench load [options]                 load at a set rate, with thresholds; load --help tells more
  npx -y pnpm@12 bench agents [test …] [options]      our Agent beside AIChatAgent, agents/streams and others; agents --help tells more
  npx -y pnpm@12 bench clients [test …] [options]     our clients beside eventsource, partysocket and others; clients --help tells more
  npx -y pnpm@12 bench simulate [options]             whether the statistics keep their 95 %, by simulation; simulate --help tells more

Options of run
  --quick               under four minutes (the default): is there a difference that nobody could miss?
  --standard            under 45 minutes: the intervals that a decision needs
  --full                hours: the one to publish, with tails
  --trace FILE          reply lengths and arrivals from this CSV (TIMESTAMP, GeneratedTokens), as Azure's LLM traces
  --out DIR             where results.json and the report go (default bench-results)
  --seed N              the order of the blocks, and every other choice, again
  --port N              of the embedded Worker (default: any free one)
  --handicap sse=2      adds 2 ms to one side on purpose, to see the instrument find it
  --peers               what people use today beside ours, in the same blocks: AIChatAgent with its client, agents/streams and our
                        Agent read by eventsource, our Agent read by partysocket; 15 minutes more of --standard
  --json                the report as JSON on standard output (schema/analysis.schema.json)

Against a deployment, which pays for every run
  --url URL             that one instead of the embedded Worker: only what one clock can see.
                        Its bearer token is read from the environment: AGENT_TOKEN
  --yes                 agrees to the budget (runs and tokens) that is otherwise asked about
  --max-runs N          starts nothing where the budget is above it (default 1000)
  --max-rate N          runs started per second (default 1)

Options of resume
  --anyway              goes on with another program or on another machine; the report says so
  --trace, --port, --json, --yes, --max-runs, --max-rate    as above

Ctrl-C keeps every finished block, and still writes the report; resume goes on from there. Colours only on a terminal, and not with NO_COLOR.

Exit code: 0 measured; 1 a block failed, or a threshold was not met; 2 the command or a file is wrong; 130 Ctrl-C.

Examples
  npx -y pnpm@12 bench run token-latency
  npx -y pnpm@12 bench run --standard --seed 7 --out results/standard
  npx -y pnpm@12 bench resume results/standard/results.json
  npx -y pnpm@12 bench run reconnect --trace azure-llm-2023-conv.csv --out results/azure
  AGENT_TOKEN=… npx -y pnpm@12 bench run uplink --url https://my-agent.example.workers.dev
  npx -y pnpm@12 bench compare before/results.json after/results.json --max-regression 10%
`;

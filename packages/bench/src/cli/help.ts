export const help = `bench: measures Server-Sent Events against WebSocket on one Cloudflare Agent.

  npx -y pnpm@12 bench [run] [scenario …] [options]   measures, prints a summary, writes a report
  npx -y pnpm@12 bench list                           lists the scenarios, and the question that each one answers
  npx -y pnpm@12 bench resume FILE                    continues a run that was cut off, with the same seed, the same blocks and the same file
  npx -y pnpm@12 bench report FILE [--out DIR]        makes the report again from a results.json
  npx -y pnpm@12 bench compare A.json B.json          shows what became worse or better, with thresholds and an exit code; see compare --help
  npx -y pnpm@12 bench combine A B C                  puts several whole runs together, with the spread between them; see combine --help
  npx -y pnpm@12 bench raw FILE PATH                  prints the samples behind a figure; see raw --help
  npx -y pnpm@12 bench answer FILE [FILE …]           shows which transport to take, by what sessions wait for; see answer --help
  npx -y pnpm@12 bench verdicts FILE                  prints what to choose, as README shows it; see verdicts --help
  npx -y pnpm@12 bench load [scenario] [options]      runs a load test with Artillery, with thresholds; see load --help
  npx -y pnpm@12 bench agents [test …] [options]      measures our Agent beside AIChatAgent, agents/streams and others; see agents --help
  npx -y pnpm@12 bench clients [test …] [options]     measures our clients beside eventsource, partysocket and others; see clients --help
  npx -y pnpm@12 bench sockets [test …] [options]     measures what a client costs by COMPRESS_WEBSOCKETS, beside SSE; see sockets --help
  npx -y pnpm@12 bench scale [test …] [options]       measures how many readers one Agent carries, and how many Agents; see scale --help
  npx -y pnpm@12 bench plan [options]                 says how many objects a million readers take, from what scale measured; see plan --help
  npx -y pnpm@12 bench cost [options]                 shows what answers cost on Cloudflare over each transport; see cost --help
  npx -y pnpm@12 bench simulate [options]             simulates whether the rule holds what it promises; see simulate --help

Options of run
  --quick               takes about six minutes (the default), and finds a difference that nobody could miss
  --standard            takes about 155 minutes, and gives the intervals that a decision needs
  --full                takes hours, and gives figures to publish, with tails
  --trace FILE          takes reply lengths and arrivals from this CSV (TIMESTAMP, GeneratedTokens), as in Azure's LLM traces
  --link DOWN,UP        also reads answers on this recorded link: two files in Mahimahi's format (run stalls)
  --out DIR             where results.json and the report go (default bench-results)
  --seed N              repeats the order of the blocks and every other random choice of an earlier run
  --port N              is the port of the embedded Worker (default: any free one)
  --handicap sse=2      adds 2 ms to one transport on purpose, to check that the benchmark finds it
  --peers               also measures what people use today, in the same blocks: AIChatAgent with its client, agents/streams and our
                        Agent read by eventsource, our Agent read by partysocket. Adds 15 minutes to --standard
  --json                prints the report as JSON on standard output (schema/analysis.schema.json)

Against a deployment, which pays for every run
  --url URL             measures this deployment instead of the embedded Worker: only what one clock can measure.
                        Its bearer token is read from the environment: AGENT_TOKEN
  --yes                 accepts the budget (runs and tokens) without asking
  --max-runs N          refuses to start if the budget has more runs (default 1000)
  --max-rate N          starts at most so many runs a second (default 1)

Options of resume
  --anyway              continues with another program or on another machine; the report says so
  --trace, --link, --port, --json, --yes, --max-runs, --max-rate    as above

Ctrl-C keeps every finished block and still writes the report; resume continues from there.
Colours appear only on a terminal, and not if NO_COLOR is set.

Exit codes: 0 measured; 1 a block failed or a threshold was not met; 2 the command or a file is wrong; 130 Ctrl-C.

Examples
  npx -y pnpm@12 bench run token-latency
  npx -y pnpm@12 bench run --standard --seed 7 --out results/standard
  npx -y pnpm@12 bench resume results/standard/results.json
  npx -y pnpm@12 bench run stalls --link drive.down,drive.up --out results/drive
  npx -y pnpm@12 bench run reconnect --trace AzureLLMInferenceTrace_conv.csv --out results/azure
  AGENT_TOKEN=… npx -y pnpm@12 bench run uplink --url https://my-agent.example.workers.dev
  npx -y pnpm@12 bench compare before/results.json after/results.json --max-regression 10%
`;

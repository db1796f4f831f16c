export const help = `transport-bench: Server-Sent Events against WebSocket on one Cloudflare Agent, measured.

  transport-bench [run] [scenario …] [options]   measures, prints a summary, writes a report
  transport-bench list                           what can be measured, and which question each scenario answers
  transport-bench report FILE [--out DIR]        makes the report again from a results.json
  transport-bench load [options]                 load at a set rate, with thresholds; load --help tells more
  transport-bench agents [test …] [options]      our Agent beside AIChatAgent, agents/streams and others; agents --help tells more
  transport-bench simulate [options]             whether the statistics keep their 95 %, by simulation; simulate --help tells more

Options of run
  --quick               under four minutes (the default)
  --standard, --full    more pair groups: narrower intervals
  --trace FILE          reply lengths and arrivals from this CSV (TIMESTAMP, GeneratedTokens), as Azure's LLM traces
  --url URL             a deployment instead of the embedded Worker: only what one clock can see.
                        Its bearer token is read from the environment: AGENT_TOKEN
  --out DIR             where results.json and the report go (default bench-results)
  --seed N              the order of the blocks, and every other choice, again
  --port N              of the embedded Worker (default: any free one)
  --handicap sse=2      adds 2 ms to one side on purpose, to see the instrument find it
  --json                the analysis as JSON on standard output

Ctrl-C keeps every finished block, and still writes the report.

Examples
  transport-bench run token-latency
  transport-bench run reconnect --trace azure-llm-2023-conv.csv --out results/azure
`;

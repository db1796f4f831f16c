import { config } from "zod";

// The AI SDK checks with zod, which would compile its checks: the page's policy lets nothing be compiled. zod tries that out when the AI SDK's module makes
// its first schema, and Firefox prints it as a fault. So this comes before the import of that module.
config({ jitless: true });
